import type { Sample } from '@icrl/core'
import { expect, it } from 'vitest'
import { stalenessEntries } from './staleness-entries.ts'

const sample = (id: string, more: Partial<Sample>): Sample => ({
  id,
  parents: [],
  keys: { task: 't', role: 'solver', session: 0, round: 1, branch: 0 },
  sampledUnder: Int32Array.of(1),
  trainedUnder: Int32Array.of(1),
  response: Int32Array.of(4, 5, 6, 7),
  mask: Uint8Array.of(1, 1, 0, 1),
  behaviorLogprobs: Float32Array.of(-1, -1, 0, -1),
  rewards: {},
  reward: 0,
  policy: 'model',
  version: 'b',
  temperature: 1,
  finish: 'stop',
  valid: true,
  ...more,
})

const ahead = { weightsAt: 3, oldLogprobs: new Map() }
const entriesOf = (samples: Sample[], of: object = { ahead }): Record<string, number | undefined> =>
  Object.fromEntries(
    stalenessEntries({
      step: 5,
      collected: { samples, sampled: new Set(samples.map(({ id }) => id)), ...of },
      trained: samples,
      versions: { model: 'b' },
    }),
  )

it('counts the steps, the samples and the tokens that are behind', () => {
  const spans = [
    { from: 0, version: 'a' },
    { from: 1, version: 'b' },
  ]
  const entries = entriesOf([
    sample('fresh', {}),
    sample('stale', { version: 'a' }),
    sample('both', { version: 'a+b', versions: spans }),
    sample('expert', { version: 'demonstration', origin: 'expert' }),
  ])
  expect(entries['staleness/steps']).toBe(2)
  expect(entries['staleness/stale_fraction']).toBeCloseTo(2 / 3, 12)
  // 3 of `stale`, and the first of `both`.
  expect(entries['ledger/stale']).toBe(4)
})

it('estimates the distance from old weights to those of now, r − 1 − log r', () => {
  const now = Float32Array.of(-1, -0.5, 9, -2)
  const expected = (Math.exp(0.5) - 1 - 0.5 + Math.exp(-1) - 1 + 1) / 3
  const trained = { version: 'a', trainLogprobs: now }
  expect(entriesOf([sample('one', trained)])['staleness/kl']).toBeCloseTo(expected, 6)
  const corrected = { version: 'a', oldLogprobs: now, correction: new Float32Array(4).fill(1) }
  expect(entriesOf([sample('one', corrected)])['staleness/kl']).toBeCloseTo(expected, 6)
  const rebound = { ...trained, trainedUnder: Int32Array.of(2) }
  expect(entriesOf([sample('one', rebound)])['staleness/kl']).toBeUndefined()
})

it('is nothing of a step that was not sampled ahead, and has no share of no samples', () => {
  expect(entriesOf([sample('one', {})], {})).toEqual({})
  expect(entriesOf([])).toMatchObject({ 'staleness/steps': 2, 'ledger/stale': 0 })
})
