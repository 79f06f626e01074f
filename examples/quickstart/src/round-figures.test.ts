import type { SessionResult } from '@icrl/core'
import { expect, it } from 'vitest'
import { roundFigures } from './round-figures.ts'

it('counts rounds by hand; what failed is in no share', () => {
  const session = (...right: boolean[]): SessionResult => ({
    task: 'q',
    session: 0,
    samples: [],
    transcript: [],
    outcomes: right.map((success) => ({ reward: Number(success), success })),
  })
  const rounds = [
    session(false, true, true),
    session(true, false, true),
    session(true, true, false),
    session(false, false, false),
    { ...session(true), failure: { reason: 'it ended early', tokens: 0 } },
  ]
  expect(roundFigures(rounds)).toEqual({
    'rounds/accuracy_1': 0.5,
    'rounds/accuracy_2': 0.5,
    'rounds/accuracy_3': 0.5,
    'rounds/harm_2': 0.25,
    'rounds/harm_3': 0.25,
    'rounds/repair_2': 0.25,
    'rounds/repair_3': 0.25,
  })
})
