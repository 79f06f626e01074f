import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { NativeCaller } from '../../tfjs-native/src/addon.ts'
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
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** Trains in a folder, on the model of a GPU of an architecture. */
function trainIn(run: string, architecture: string, ...more: string[]): ReturnType<typeof icrl> {
  vi.stubEnv('ICRL_TEST_MODEL', join(root, 'model'))
  vi.stubEnv('ICRL_TEST_ARCHITECTURE', architecture)
  return icrl('train', '--out', run, ...more, '--quiet', '--no-report')
}

/** The device answers nothing more once a step, counted from 1, has changed the first weight. */
function loseDeviceInStep(step: number): void {
  const run = NativeCaller.prototype.run
  const updates = new Map<unknown, number>()
  let isLost = false
  vi.spyOn(NativeCaller.prototype, 'run').mockImplementation(function (
    this: NativeCaller,
    op,
    values,
  ) {
    if (op === 'adamW') {
      const { parameter } = values as { readonly parameter: number }
      isLost ||= [...updates.values()].includes(step)
      updates.set(parameter, (updates.get(parameter) ?? 0) + 1)
    }
    if (isLost)
      throw Object.assign(new Error(`kernel ${op}: this process cannot use the device again`), {
        code: 'ERR_DEVICE',
      })
    run.call(this, op, values)
  })
}

describe.skipIf(!hasShim)('a run on native-cuda-bf16', () => {
  it('trains on what it sampled to the bit, and goes on only where its bits are', async () => {
    const run = join(root, 'run')
    const train = (architecture: string, ...more: string[]): ReturnType<typeof icrl> =>
      trainIn(run, architecture, ...more)
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

  it('leaves nothing half-written where the GPU is lost in the middle of an update', async () => {
    const [whole, lost] = [join(root, 'whole'), join(root, 'lost')]
    const undisturbed = await trainIn(whole, 'sm_90', '--config', CONFIG)
    expect(undisturbed.code, undisturbed.err).toBe(0)

    loseDeviceInStep(2)
    const stopped = await trainIn(lost, 'sm_90', '--config', CONFIG)
    expect(stopped.code).toBe(1)
    expect(stopped.err).toMatch(/AdamW[^]*this process cannot use the device again[^]*--resume/)
    expect((await readFile(join(lost, 'metrics.jsonl'), 'utf8')).trim().split('\n').length).toBe(1)

    vi.restoreAllMocks()
    const resumed = await trainIn(lost, 'sm_90', '--resume')
    expect(resumed.code, resumed.err).toBe(0)
    const written = (run: string): Promise<string> => readFile(join(run, 'metrics.jsonl'), 'utf8')
    expect(await written(lost)).toBe(await written(whole))
  }, 120_000)
})
