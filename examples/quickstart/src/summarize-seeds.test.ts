import type { RunSummary } from '@icrl/trainer'
import { expect, it } from 'vitest'
import { summarizeSeeds } from './summarize-seeds.ts'

const summary = (seed: number, more: Partial<RunSummary> = {}): RunSummary => ({
  method: 'icrl',
  seed,
  steps: 10,
  eval_initial: 0.1,
  eval_final: 0.5,
  eval_best: 0.6,
  tokens_sampled: 100,
  wall_seconds: 2,
  metrics_sha256: `${seed}`,
  evaluations: [],
  ...more,
})

it('one seed is its own summary', () => {
  expect(summarizeSeeds([{ summary: summary(3) }])).toEqual(summary(3))
  expect(summarizeSeeds([{ summary: summary(3), placeGuesses: 0.25 }])).toEqual({
    ...summary(3),
    place_guesses: 0.25,
  })
})

it('several seeds have mean accuracies, summed costs and all their summaries', () => {
  const all = [summary(0), summary(1, { eval_final: 0.7, wall_seconds: 3 })]
  const joined = summarizeSeeds([
    { summary: all[0], placeGuesses: 0 },
    { summary: all[1], placeGuesses: 0.25 },
  ])
  expect(joined.eval_final).toBeCloseTo(0.6)
  expect(joined).toMatchObject({
    steps: 20,
    tokens_sampled: 200,
    wall_seconds: 5,
    place_guesses: 0.125,
    seeds: all,
  })
  // printf '0\n1\n' | sha256sum
  expect(joined.metrics_sha256).toBe(
    '82c1315e6c757f33c4a77ca58b2a184f5a88614470c05ec77f3d28918db6b8ae',
  )
})

it('an accuracy no seed has stays absent', () => {
  expect(
    summarizeSeeds([0, 1].map((seed) => ({ summary: summary(seed, { eval_initial: undefined }) })))
      .eval_initial,
  ).toBeUndefined()
})
