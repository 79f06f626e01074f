import { randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { solvedRate } from '../../test/play-out.ts'
import {
  solveWordle,
  stepWordle,
  wordleStart,
  type WordleState,
  wordleWords,
  wordsLeft,
} from './play-wordle.ts'
import { wordle } from './wordle.ts'

const words = ['apple', 'spoon', 'poppy', 'crane']
/** Plays guesses with every draw the first of the words left. */
function first(guesses: readonly string[]): ReturnType<typeof stepWordle>[] {
  let state: WordleState = wordleStart
  return guesses.map((guess) => {
    const step = stepWordle(words, state, guess, { ...randomStream(0), integer: () => 0 })
    state = step.state
    return step
  })
}

describe('stepWordle', () => {
  it('marks letters from all that is known, doubles alike', () => {
    expect(first(['poppy'])[0].observation).toBe('y b g y b\n')
    expect(first(['c r a n e'])[0].observation).toBe('b b y b g\n')
  })

  it('is won when the one word left has been guessed', () => {
    expect(
      first(['crane', 'apple']).map(({ observation, reward, done }) => [observation, reward, done]),
    ).toEqual([
      ['b b y b g\n', -1, false],
      ['g g g g g\n', 0, true],
    ])
  })

  it('counts invalid words and ends after six', () => {
    const steps = first(['zzzzz', 'Apple', '', 'apple!', 'ap ple x', 'xxxxx'])
    expect(steps.map(({ observation, done }) => [observation, done])).toEqual([
      ...new Array(5).fill(['invalid word', false]),
      ['invalid word', true],
    ])
  })

  it('never runs out of words', () => {
    for (let game = 0; game < 60; game++) {
      let state: WordleState = wordleStart
      for (let i = 0; i < 6; i++) {
        state = stepWordle(
          wordleWords,
          state,
          wordleWords[randomStream(game).integer(i, wordleWords.length)],
          randomStream(game, 'draws'),
        ).state
        expect(wordsLeft(wordleWords, state).length).toBeGreaterThan(0)
      }
    }
  })
})

describe('wordle', () => {
  for (const { name, run } of testEnvironment(wordle, {
    actions: ['c r o w n', 'spoon', 'no', 'zzzzz', 'train'],
  }))
    it(name, run)

  it('is won in all of 100 games by the expert, in few by chance, never by silence', async () => {
    const ids = (await wordle().taskIds('train')).slice(0, 100)
    const expert = (id: string) => {
      let state: WordleState = wordleStart
      return () => {
        const guess = solveWordle(wordleWords, state)
        state = stepWordle(wordleWords, state, guess, randomStream(0, 'wordle', Number(id))).state
        return guess
      }
    }
    expect(await solvedRate(wordle(), ids, expert)).toBe(1)
    expect(
      await solvedRate(
        wordle(),
        ids,
        (id) => (_, turn) => wordleWords[randomStream(2, id).integer(turn, wordleWords.length)],
      ),
    ).toBeLessThan(0.35)
    expect(await solvedRate(wordle(), ids, () => () => '')).toBe(0)
  })

  it('plays a known game', async () => {
    const episode = await wordle().open()
    expect((await episode.reset('5')).observation).toBe("Let's start Wordle!")
    const seen = []
    for (const guess of ['t r a i n', 's t o r m', 'q q q q q', 'h o n e y'])
      seen.push((await episode.step(guess)).observation)
    expect(seen).toMatchInlineSnapshot(`
      [
        "b b y b y
      ",
        "b b b b b
      ",
        "invalid word",
        "b b g y b
      ",
      ]
    `)
  })

  it('refuses words of another form', () => {
    expect(() => wordle({ words: ['Apple'] })).toThrow('"Apple" is no word of 5 letters')
    expect(() => wordle({ words: [] })).toThrow('no words')
    expect(wordle({ words: ['crane'] }).instructions).toContain(
      'The words of this game are: crane.',
    )
  })
})
