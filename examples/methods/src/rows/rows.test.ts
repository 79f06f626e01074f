import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { SEARCH_SEED, SEEDS, RATES } from '../method-experiment.ts'
import { readResults, RESULTS, resultsFile, searchedRate } from '../stored-results.ts'
import { ROWS } from './index.ts'

it('every experiment has a file of its name, and a control', () => {
  const files = readdirSync(fileURLToPath(new URL('.', import.meta.url)))
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length)
  for (const { name, arms } of ROWS) {
    expect(files).toContain(`${name}.ts`)
    expect(Object.keys(arms).length).toBeGreaterThan(1)
  }
})

it.each(ROWS.map((row) => [row.name, row] as const))(
  '%s: what is stored is a run of an arm, at the rate that the committed search found',
  async (name, row) => {
    const search = await readResults(resultsFile(name, 'search'))
    for (const { arm, seed, learningRate } of search) {
      expect(Object.keys(row.arms)).toContain(arm)
      expect([seed, (row.rates ?? RATES).includes(learningRate)]).toEqual([SEARCH_SEED, true])
    }
    for (const { arm, seed, learningRate, figures } of await readResults(
      resultsFile(name, 'runs'),
    )) {
      expect(SEEDS).toContain(seed)
      expect(learningRate).toBe(searchedRate(row, arm, search))
      expect(figures[row.figures[0].name]).toBeTypeOf('number')
    }
  },
)

it('no results lie about that belong to no experiment', () => {
  const stored = readdirSync(RESULTS).filter((file) => file.endsWith('.jsonl'))
  for (const file of stored) expect(ROWS.map(({ name }) => `${name}.jsonl`)).toContain(file)
})
