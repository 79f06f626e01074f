import { fileURLToPath } from 'node:url'
import { train } from '@icrl/trainer'
import { buildRun, loadRunConfig } from 'icrl'
import { expect, it } from 'vitest'

const file = fileURLToPath(new URL('./run.config.ts', import.meta.url))

it('tells preferred answers from the others', { timeout: 120_000 }, async () => {
  await using run = await buildRun(await loadRunConfig(file), '.', { steps: 12 })
  const { metrics } = await train({ ...run.options, evaluation: undefined })
  const losses = metrics.map((line) => line['policy/loss'])
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0])
})
