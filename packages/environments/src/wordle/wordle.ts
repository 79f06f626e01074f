import { IcrlError, randomStream, type Environment } from '@icrl/core'
import { localEnvironment, unknownTask } from '../local-environment.ts'
import {
  stepWordle,
  wordleLetters,
  wordleStart,
  type WordleState,
  wordleTries,
  wordleWords,
} from './play-wordle.ts'

/** Options of {@link wordle}. */
export interface WordleOptions {
  /**
   * The words that can be guessed and drawn, of five lower-case letters each.
   *
   * @defaultValue forty common ones
   */
  readonly words?: readonly string[]
  /** Another seed makes other tasks. @defaultValue 0 */
  readonly seed?: number
  /** Games to train on. @defaultValue 1,024 */
  readonly train?: number
  /** Held-out games. @defaultValue 128 */
  readonly test?: number
}

const listedAtMost = 400

/** How to act, for the solver; it names the words if there are at most 400. */
export function wordleInstructions(words: readonly string[]): string {
  const list =
    words.length <= listedAtMost ? `\nThe words of this game are: ${words.join(' ')}.` : ''
  return `You play Wordle: find a hidden word of five letters in six guesses. Write a guess as letters with blanks between them, such as
<action>t r a i n</action>. The answer has a mark for each letter: g – right letter in the right place; y – in the word, but elsewhere; b – not in the
word. A guess that is not a word of the game is answered with "invalid word" and counts. Think first, then give one guess between <action> and
</action>.${list}`
}

/**
 * LMRL-Gym's Wordle (Abdulhai et al. 2023, arXiv 2311.18232), with draws from this project's
 * streams. A task's id is its seed: training games count from 0, test games from 1,000,000. The
 * reward is 1 for a win.
 *
 * @throws IcrlError `invalid-option` if there are no words or one does not have five letters a–z
 * @example
 * const environment = wordle({ words: ['crane', 'slate', 'shire', 'robin'] })
 */
export function wordle(options: WordleOptions = {}): Environment {
  const { words = wordleWords, seed = 0, train = 1024, test = 128 } = options
  const odd = words.find((word) => !/^[a-z]{5}$/.test(word))
  if (odd !== undefined || words.length === 0) {
    throw new IcrlError(
      `wordle: ${odd === undefined ? 'no words' : `"${odd.slice(0, 40)}" is no word of ${wordleLetters} letters a–z`}.`,
      { code: 'invalid-option', remedy: 'Give words of five lower-case letters.' },
    )
  }
  const firstTest = 1_000_000
  return localEnvironment({
    name: 'wordle',
    instructions: wordleInstructions(words),
    maxTurns: wordleTries,
    tasks: {
      train: Array.from({ length: train }, (_, i) => String(i)),
      test: Array.from({ length: test }, (_, i) => String(firstTest + i)),
    },
    play: (taskId) => {
      if (!/^(0|[1-9]\d{0,8})$/.test(taskId)) throw unknownTask('wordle', taskId)
      const draws = randomStream(seed, 'wordle', Number(taskId))
      let state: WordleState = wordleStart
      const step = (action: string): { observation: string; reward: number; done: boolean } => {
        const { observation, reward, done, state: next } = stepWordle(words, state, action, draws)
        state = next
        return { observation, reward: reward + 1, done }
      }
      return {
        start: {
          task: 'Find the hidden word of five letters.',
          observation: "Let's start Wordle!",
        },
        step,
        // The draw depends on the guess's number: playing the guesses again gives the same state.
        snapshot: () => state.guesses,
        restore: (guesses) => {
          state = wordleStart
          for (const guess of guesses as readonly string[]) step(guess)
        },
      }
    },
  })
}
