import { readFileSync } from 'node:fs'
import { memory } from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'
import { hasShim, shimBackend, useShim } from '../../tfjs-native/test/cuda-shim.ts'
import { hasAddon, useNative } from '../../tfjs-native/test/native.ts'
import { RUNS, twoLayerRun } from '../test/two-layer-run.ts'

const golden = JSON.parse(
  readFileSync(new URL('../test/golden/two-layer-runs.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, string>>

describe.each(Object.entries(RUNS))('two steps of a model of two layers: %s', (name, options) => {
  it.skipIf(!hasAddon)('have their bytes on native-cpu', { timeout: 600_000 }, async () => {
    await useNative()
    expect(await twoLayerRun(options)).toEqual(golden[name])
  })

  it.skipIf(!hasShim)('have them on native-cuda', { timeout: 600_000 }, async () => {
    await useShim({ seed: 1 })
    const before = memory().numTensors
    const { graphLaunches } = shimBackend().work()
    expect(await twoLayerRun(options)).toEqual(golden[name])
    expect(memory().numTensors).toBe(before)
    expect(shimBackend().work().graphLaunches).toBeGreaterThan(graphLaunches)
  })
})

it.skipIf(!hasShim)('a run has its bytes without recorded decode steps', async () => {
  vi.stubEnv('ICRL_CUDA_GRAPHS', 'off')
  await useShim({ seed: 2 })
  const { graphLaunches } = shimBackend().work()
  expect(await twoLayerRun({})).toEqual(golden['all weights'])
  expect(shimBackend().work().graphLaunches).toBe(graphLaunches)
  vi.unstubAllEnvs()
})
