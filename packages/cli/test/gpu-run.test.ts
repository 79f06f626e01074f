import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { hasShim } from '../../tfjs-native/test/cuda-shim.ts'
import { icrl } from './command-line.ts'
import { writeTinyModel } from './tiny-model.ts'

const CONFIG = fileURLToPath(new URL('fixtures/gpu.config.ts', import.meta.url))
let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-gpu-run-'))
  await writeTinyModel(join(root, 'model'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
afterEach(() => void vi.unstubAllEnvs())

describe.skipIf(!hasShim)('a run on native-cuda-bf16', () => {
  it('trains on what it sampled to the bit, and goes on only where its bits are', async () => {
    const run = join(root, 'run')
    const train = (architecture: string, ...more: string[]): ReturnType<typeof icrl> => {
      vi.stubEnv('ICRL_TEST_MODEL', join(root, 'model'))
      vi.stubEnv('ICRL_TEST_ARCHITECTURE', architecture)
      return icrl('train', '--out', run, ...more, '--quiet', '--no-report')
    }
    const first = await train('sm_90', '--config', CONFIG)
    expect(first.code, first.err).toBe(0)
    const metrics = async (): Promise<Record<string, unknown>[]> =>
      (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect((await metrics()).map((line) => line['policy/mismatch_max'])).toEqual([0, 0])

    const elsewhere = await train('sm_80', '--resume', '--steps', '3')
    expect(elsewhere.code).toBe(1)
    expect(elsewhere.err).toMatch(/run-conflict[^]*architecture[^]*sm_90[^]*sm_80[^]*\n→ /)

    const resumed = await train('sm_90', '--resume', '--steps', '3')
    expect(resumed.code, resumed.err).toBe(0)
    expect((await metrics()).map((line) => line['policy/mismatch_max'])).toEqual([0, 0, 0])
  }, 120_000)
})
