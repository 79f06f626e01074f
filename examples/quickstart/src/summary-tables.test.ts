import type { Comparison } from '@icrl/report'
import { expect, it } from 'vitest'
import type { SeedsSummary } from './summarize-seeds.ts'
import { intervalTable, summaryTable } from './summary-tables.ts'

const icrl: SeedsSummary = {
  method: 'icrl',
  seed: 0,
  steps: 74,
  eval_initial: 0.127,
  eval_final: 0.941,
  tokens_sampled: 60_123,
  wall_seconds: 21.6,
  metrics_sha256: '',
  evaluations: [],
}

it('a line an arm, with a dash for what it has not', () => {
  const table = summaryTable({ icrl })
  expect(table).not.toContain('guesses')
  expect(table.split('\n')[1].split(/ +/)).toEqual([
    'icrl',
    '12.7%',
    '94.1%',
    '–',
    '74',
    '60123',
    '22',
    's',
  ])
})

it('guessed places where there are some', () => {
  const [head, first, second, note] = summaryTable({
    icrl: { ...icrl, place_guesses: 0 },
    'icrl-unweighted': { ...icrl, place_guesses: 0.235 },
  }).split('\n')
  expect(head).toMatch(/guesses$/)
  expect(first).toMatch(/ 0\.0%$/)
  expect(second).toMatch(/ 23\.5%$/)
  expect(note).toMatch(/have not looked for/)
})

it('intervals of arms and of their differences, and how they were made', () => {
  const estimate = { value: 0.5, low: 0.4, high: 0.6 }
  const tokensToThreshold = { reached: 0, of: 2 }
  const comparison: Comparison = {
    condition: 'critique_free',
    threshold: 0.7,
    horizon: 1000,
    tasks: 0,
    sets: 1,
    omitted: [],
    partial: [],
    unlike: [],
    statement: 'How.',
    methods: [
      { method: 'icrl', runs: [], atHorizon: estimate, area: { value: 0.25 }, tokensToThreshold },
    ],
    pairs: [
      {
        first: 'icrl',
        second: 'grpo',
        seeds: [0, 1],
        atHorizon: { value: -0.1, low: -0.2, high: 0 },
        area: estimate,
      },
    ],
  }
  const [head, icrl, difference, how] = intervalTable(comparison).split('\n')
  expect(head).toMatch(/at 1000 sampled tokens/)
  expect(icrl).toMatch(/^icrl +50\.0% \[40\.0, 60\.0\] +25\.0%$/)
  expect(difference).toMatch(/^icrl − grpo +-10\.0% \[-20\.0, 0\.0\] +50\.0% \[40\.0, 60\.0\]$/)
  expect(how).toBe('How.')
})
