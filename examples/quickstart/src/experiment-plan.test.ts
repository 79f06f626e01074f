import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { plannedRuns, ratesFound, readCurves } from '@icrl/example-experiments'
import { describe, expect, it } from 'vitest'
import { EXPERIMENTS } from './experiment-plan.ts'

describe('the plan of the experiments', () => {
  it('runs all arms with one seed before the next', () => {
    const runs = plannedRuns(EXPERIMENTS.triple)
    expect(runs).toHaveLength(15)
    expect(runs.slice(0, 4)).toEqual([
      { arm: 'icrl', seed: 0 },
      { arm: 'grpo', seed: 0 },
      { arm: 'icrl-shuffled', seed: 0 },
      { arm: 'icrl', seed: 1 },
    ])
  })

  it('searches the same rates for every arm, with seeds no comparison uses', () => {
    for (const name of ['search-chain', 'search-triple']) {
      const runs = plannedRuns(EXPERIMENTS[name])
      expect(runs).toHaveLength(3 * 4 * 2)
      for (const arm of EXPERIMENTS[name].arms)
        expect([
          ...new Set(runs.filter((run) => run.arm === arm).map(({ learningRate }) => learningRate)),
        ]).toEqual([1e-4, 3e-4, 6e-4, 1e-3])
      for (const { seed } of runs)
        for (const compared of ['chain', 'triple', 'leak'])
          expect(EXPERIMENTS[compared].seeds).not.toContain(seed)
    }
  })

  it.each([
    ['chain-searched', 'search-chain'],
    ['triple-searched', 'search-triple'],
    ['methods-chain', 'search-methods'],
    ['chain-adapter', 'search-chain-adapter'],
    ['neighbors-chain', 'search-neighbors'],
  ])('compares in %s with the rates that the stored %s found', async (compared, searched) => {
    const search = EXPERIMENTS[searched]
    const curves = await readCurves(
      fileURLToPath(new URL(`../results/${searched}.jsonl`, import.meta.url)),
    )
    expect(curves).toHaveLength(plannedRuns(search).length)
    for (const [arm, { learningRate }] of ratesFound(search, curves))
      expect(EXPERIMENTS[compared].rateOf?.[arm], arm).toBe(learningRate)
  })

  it('names arms that are there', () => {
    for (const { task, arms } of Object.values(EXPERIMENTS))
      for (const arm of arms)
        expect(existsSync(new URL(`../${task}/${arm}.config.ts`, import.meta.url)), arm).toBe(true)
  })
})
