import type { SessionResult, TranscriptEntry } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { guessCounter, guessesPlace } from './place-guesses.ts'

const session = (...actions: string[]): SessionResult => ({
  task: 'game',
  session: 0,
  samples: [],
  outcomes: [{ reward: 0, success: false }],
  transcript: actions.map((text): TranscriptEntry => ({ role: 'solver', round: 1, text })),
})

describe('place guesses', () => {
  it('are takings before any look', () => {
    expect(guessesPlace(session('take-shelf'))).toBe(true)
    expect(guessesPlace(session('use-oven', 'take-shelf', 'look'))).toBe(true)
    expect(guessesPlace(session('look', 'take-shelf'))).toBe(false)
    expect(guessesPlace(session('look', 'use-oven'))).toBe(false)
    expect(guessesPlace(session())).toBe(false)
  })

  it('are not those of a revision', () => {
    const revised = session('look', 'take-shelf')
    expect(
      guessesPlace({
        transcript: [
          ...revised.transcript,
          { role: 'critic', round: 1, text: 'shelf' },
          { role: 'solver', round: 2, text: 'take-shelf' },
        ],
      }),
    ).toBe(false)
  })

  it('are counted from one reading to the next, without sessions that failed', () => {
    const counter = guessCounter()
    expect(counter.rate()).toBeUndefined()
    for (const each of [
      session('take-shelf'),
      session('look'),
      session('look'),
      { ...session('take-shelf'), failure: { reason: 'timeout', tokens: 2 } },
      session('look'),
    ])
      counter.add(each)
    expect(counter.rate()).toBe(0.25)
    expect(counter.rate()).toBeUndefined()
  })
})
