import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { train, type Metrics } from '@icrl/trainer'
import { buildRun, loadRunConfig } from 'icrl'
import { describe, expect, it } from 'vitest'

const file = fileURLToPath(new URL('./run.config.ts', import.meta.url))

/** Nothing is written: `buildRun` only needs to know where stored paths would be relative to. */
async function runSteps(steps: number): Promise<readonly Metrics[]> {
  await using run = await buildRun(await loadRunConfig(file), '.', { steps })
  const { metrics } = await train({ ...run.options, evaluation: undefined })
  return metrics
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe('your own task', () => {
  it('learns from a JSONL file and a reward of its own', { timeout: 120_000 }, async () => {
    const rewards = (await runSteps(8)).map((line) => line['reward/solver'])
    expect(rewards.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(mean(rewards.slice(-2))).toBeGreaterThan(mean(rewards.slice(0, 2)) + 0.05)
  })

  it('takes 30 lines, imports and comments aside', () => {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^(import|\/\*\*| \*)/.test(line))
    expect(lines.length).toBeLessThanOrEqual(30)
  })
})
