import { describe, expect, it } from 'vitest'
import type { Experiment } from './experiment.ts'
import { placesTable, searchTable } from './result-tables.ts'
import type { StoredCurve } from './stored-curves.ts'

const experiment: Experiment = {
  task: 'chain',
  arms: ['icrl', 'grpo'],
  seeds: [0, 1],
  tokens: 1000,
  places: [0, 500, 1000],
  every: 10,
  questions: 512,
}
const curve = (arm: string, seed: number, last: number, learningRate = 3e-4): StoredCurve => ({
  arm,
  seed,
  learningRate,
  tokens: [0, 1000],
  values: [0, last],
  guesses: [0, 0],
  seconds: 1,
})

describe('the table of places', () => {
  it('has means with intervals, and the lead seed by seed', () => {
    const table = placesTable(experiment, [
      curve('icrl', 1, 0.8),
      curve('icrl', 0, 0.6),
      curve('grpo', 0, 0.2),
      curve('grpo', 1, 0.4),
    ])
    expect(table.split('\n')).toEqual([
      '| chain | 0.5k | 1k | mean up to 1k |',
      '|---|---|---|---|',
      '| icrl, 2 seeds | .350 [.300, .400] | .700 [.600, .800] | .350 [.300, .400] |',
      '| grpo, 2 seeds | .150 [.100, .200] | .300 [.200, .400] | .150 [.100, .200] |',
      '| icrl − grpo | .200 [.200, .200] | .400 [.400, .400] | .200 [.200, .200] |',
    ])
  })

  it('shows what is missing, and one seed without an interval', () => {
    const lines = placesTable(experiment, [curve('icrl', 0, 0.6)]).split('\n')
    expect(lines[2]).toBe('| icrl, 1 seed | .300 | .600 | .300 |')
    expect(lines[3]).toBe('| grpo, 0 seeds | – | – | – |')
    expect(lines[4]).toBe('| icrl − grpo | – | – | – |')
  })

  it('shows runs at the planned rates alone', () => {
    const planned = { ...experiment, rateOf: { icrl: 3e-4, grpo: 1e-3 } }
    const curves = [curve('icrl', 0, 0.6), curve('grpo', 0, 0.2, 1e-3), curve('grpo', 1, 0.9)]
    expect(placesTable(planned, curves).split('\n')[3]).toBe(
      '| grpo, 1 seed | .100 | .200 | .100 |',
    )
  })

  it('ends where the shortest curve does', () => {
    const table = placesTable(experiment, [
      curve('icrl', 0, 0.6),
      { ...curve('grpo', 0, 0.2), tokens: [0, 500] },
    ])
    expect(table.split('\n').slice(0, 4)).toEqual([
      '| chain | 0.5k | mean up to 0.5k |',
      '|---|---|---|',
      '| icrl, 1 seed | .300 | .150 |',
      '| grpo, 1 seed | .200 | .100 |',
    ])
  })

  it('can be of something else than accuracy', () => {
    expect(
      placesTable(experiment, [curve('icrl', 0, 0.6)], (each) => ({
        ...each,
        values: each.guesses,
      })),
    ).toContain('| .000 | .000 | .000 |')
  })
})

it('the table of a search has both seeds and marks the best rate', () => {
  const table = searchTable({ ...experiment, rates: [1e-4, 1e-3] }, [
    curve('icrl', 100, 0.6, 1e-4),
    curve('icrl', 101, 0.8, 1e-4),
    curve('icrl', 100, 1, 1e-3),
    curve('icrl', 101, 0.2, 1e-3),
  ])
  expect(table.split('\n').slice(2)).toEqual([
    '| icrl | **.300, .400** | .500, .100 |',
    '| grpo | – | – |',
  ])
})
