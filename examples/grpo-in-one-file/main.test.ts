import { readFileSync } from 'node:fs'
import { selectBackend } from '@icrl/backbone'
import { beforeAll, describe, expect, it } from 'vitest'
import { runGrpo } from './main.ts'

describe('GRPO in one file', () => {
  beforeAll(async () => void (await selectBackend('auto')))

  it('learns to count from rewards alone', async () => {
    const rewards = await runGrpo({ steps: 60 })
    const first = rewards.slice(0, 5).reduce((sum, value) => sum + value, 0) / 5
    const last = rewards.slice(-5).reduce((sum, value) => sum + value, 0) / 5
    expect(first).toBeLessThan(0.2)
    expect(last).toBeGreaterThan(first + 0.4)
  }, 60_000)

  it('repeats itself bit for bit', async () => {
    expect(await runGrpo({ steps: 4, seed: 3 })).toEqual(await runGrpo({ steps: 4, seed: 3 }))
  })

  it('is one file of at most 300 lines', () => {
    expect(
      readFileSync(new URL('./main.ts', import.meta.url), 'utf8').split('\n').length,
    ).toBeLessThanOrEqual(300)
  })
})
