import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { currentBackendFacts } from '@icrl/tfjs-ops'
import { setBackend } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { buildAddon } from '../scripts/build.mjs'
import { hasAddon, instructionSets } from '../test/native.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'
import { registerNativeCpu } from './register-native-cpu.ts'

describe.skipIf(!hasAddon)('registerNativeCpu', () => {
  it('takes the best instruction set unless one is named', async () => {
    const { isa, threads } = registerNativeCpu({ threads: 3 })
    expect([isa, threads]).toEqual([instructionSets().at(-1), 3])
    expect(registerNativeCpu({ isa: 'scalar', threads: 1 })).toEqual({ isa: 'scalar', threads: 1 })
    expect(await setBackend('native-cpu')).toBe(true)
  })

  it('lets the backend say that it is exact, and on which instruction set', async () => {
    for (const isa of instructionSets()) {
      registerNativeCpu({ isa, threads: 1 })
      await setBackend('native-cpu')
      expect(currentBackendFacts()).toEqual({ exact: true, isa })
    }
  })

  it.each([0, -1, 1.5, NaN, 1000])('refuses %d threads', (threads) => {
    expect(() => registerNativeCpu({ threads })).toThrow('give a whole number from 1 to 256')
  })

  it('says which instruction sets there are', () => {
    const attempt = (): unknown => registerNativeCpu({ isa: 'sse' as never })
    expect(attempt).toThrow(NativeUnavailableError)
    expect(attempt).toThrow(/"sse".*Choose one of scalar/s)
  })
})

describe.skipIf(!hasAddon)('the addon', () => {
  it('outlives the worker threads that load it', async () => {
    const { file } = await buildAddon({ quiet: true })
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(new URL('../test/use-in-worker.mjs', import.meta.url), {
        workerData: file,
      })
      expect(await once(worker, 'message')).toEqual(['done'])
      await worker.terminate()
    }
  })
})

describe('buildAddon', () => {
  it('compiles once for each content', async () => {
    const { file, built } = await buildAddon({ quiet: true })
    expect(file === undefined ? false : built).toBe(false)
  })

  it('says in one line that there is no compiler, and does not fail', () => {
    const script = fileURLToPath(new URL('../scripts/build.mjs', import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, [script], {
      env: { PATH: '/nowhere' },
      encoding: 'utf8',
    })
    expect(status).toBe(0)
    expect(stdout.trim()).toMatch(
      /^icrl: no C\+\+ compiler .*Install one.* and run the command again\.$/,
    )
  })
})
