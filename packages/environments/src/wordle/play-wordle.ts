import type { RandomStream } from '@icrl/core'

/** What is known of a letter at each of the five places. */
type Knowledge = 'possible' | 'here' | 'not here'

/** What is known of each letter at its five places; without an entry nothing is known. */
export type WordleKnowledge = ReadonlyMap<string, readonly Knowledge[]>

/** What has been guessed, and what is known of each letter. */
export interface WordleState {
  /** What the guesses have told. */
  readonly knowledge: WordleKnowledge
  /** Guesses so far. */
  readonly guesses: readonly string[]
}

export const wordleLetters = 5
export const wordleTries = 6

/** The state before the first guess. */
export const wordleStart: WordleState = { knowledge: new Map(), guesses: [] }

function fits(word: string, knowledge: WordleKnowledge): boolean {
  for (const [letter, places] of knowledge) {
    if (places.every((place) => place === 'possible')) continue
    if (places.every((place) => place === 'not here')) {
      if (word.includes(letter)) return false
      continue
    }
    const contradicts = places.some((place, i) =>
      place === 'here' ? word[i] !== letter : place === 'not here' && word[i] === letter,
    )
    if (contradicts || !word.includes(letter)) return false
  }
  return true
}

/**
 * Words that agree with everything known.
 *
 * @example
 * wordsLeft(wordleWords, wordleStart).length // all of them
 */
export function wordsLeft(words: readonly string[], { knowledge }: WordleState): string[] {
  return words.filter((word) => fits(word, knowledge))
}

function learn(
  knowledge: WordleKnowledge,
  guess: string,
  target: string,
): Map<string, readonly Knowledge[]> {
  const next = new Map(knowledge)
  ;[...guess].forEach((letter, i) => {
    const places = next.get(letter) ?? new Array<Knowledge>(wordleLetters).fill('possible')
    if (!target.includes(letter))
      next.set(
        letter,
        places.map(() => 'not here'),
      )
    else next.set(letter, places.with(i, letter === target[i] ? 'here' : 'not here'))
  })
  return next
}

/**
 * One mark per place, by everything known so far: `g` right, `b` not in the word, `y` elsewhere.
 */
function feedback(knowledge: WordleKnowledge, guess: string): string {
  const marks = [...guess].map((letter, i) => {
    const places = knowledge.get(letter)!
    return places[i] === 'here' ? 'g' : places.every((place) => place === 'not here') ? 'b' : 'y'
  })
  return `${marks.join(' ')}\n`
}

/**
 * One guess, by LMRL-Gym's rules. There is no fixed secret: each guess is answered from a word
 * drawn among those that agree with everything known. The game is won when one word is left and it
 * has been guessed. A word outside the list costs a try.
 *
 * @param action letters, with or without blanks between them
 * @param draws the task's random stream: number i answers guess i
 * @returns reward as LMRL-Gym gives it: 0 for the win, −1 otherwise
 * @example
 * import { randomStream } from '@icrl/core'
 *
 * stepWordle(wordleWords, wordleStart, 't r a i n', randomStream(0, 'wordle', 7)).observation // 'y y y b b\n'
 */
export function stepWordle(
  words: readonly string[],
  state: WordleState,
  action: string,
  draws: RandomStream,
): { observation: string; reward: number; done: boolean; state: WordleState } {
  const guess = action.trim().replaceAll(' ', '')
  const guesses = [...state.guesses, guess]
  const last = guesses.length >= wordleTries
  if (!words.includes(guess))
    return {
      observation: 'invalid word',
      reward: -1,
      done: last,
      state: { knowledge: state.knowledge, guesses },
    }
  const before = wordsLeft(words, state)
  const knowledge = learn(
    state.knowledge,
    guess,
    before[draws.integer(state.guesses.length, before.length)],
  )
  const next = { knowledge, guesses }
  const left = wordsLeft(words, next)
  const won = left.length === 1 && guesses.includes(left[0])
  return {
    observation: feedback(knowledge, guess),
    reward: won ? 0 : -1,
    done: won || last,
    state: next,
  }
}

function marksOf(guess: string, target: string): string {
  return [...guess]
    .map((letter, i) => (letter === target[i] ? 'g' : target.includes(letter) ? 'y' : 'b'))
    .join('')
}

/**
 * An expert's guess: among the words left, the one whose answer leaves the fewest words on average.
 *
 * @example
 * solveWordle(wordleWords, wordleStart) // 'train'
 */
export function solveWordle(words: readonly string[], state: WordleState): string {
  const left = wordsLeft(words, state)
  const remaining = (guess: string): number => {
    const sizes = new Map<string, number>()
    for (const target of left) {
      const marks = marksOf(guess, target)
      sizes.set(marks, (sizes.get(marks) ?? 0) + 1)
    }
    return [...sizes.values()].reduce((total, size) => total + size * size, 0)
  }
  return left
    .map((word) => [word, remaining(word)] as const)
    .reduce((best, next) => (next[1] < best[1] ? next : best))[0]
}

/** Forty common words of five letters, for the default game. */
export const wordleWords: readonly string[] = (
  'apple beach brick chair cloud crown dance dream eagle field flame ghost grape heart honey jelly knife lemon light magic ' +
  'night ocean paint piano queen river robin salad shelf snake spoon storm sugar table tiger tower train voice water youth'
).split(' ')
