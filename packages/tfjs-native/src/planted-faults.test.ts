import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const run = (script: string): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [fileURLToPath(new URL(`../scripts/${script}`, import.meta.url))], {
    encoding: 'utf8',
  })

/** Whether the compiler comes with ThreadSanitizer's library. */
const hasSanitizer =
  process.platform === 'linux' &&
  spawnSync(process.env.CXX ?? 'c++', ['-print-file-name=libtsan.so'], {
    encoding: 'utf8',
  }).stdout?.startsWith('/')

// Compiles the kernels once for each fault.
describe.skipIf(!process.env.ICRL_FULL)('a fault planted in the kernels of a GPU', () => {
  it('is found by the comparison with native-cpu', { timeout: 3_600_000 }, () => {
    const { status, stdout, stderr } = run('plant-cuda-faults.mjs')
    expect(`${stdout}${stderr}`).toMatch(/^(\d+) of \1 faults found$/m)
    expect(status).toBe(0)
  })

  it.skipIf(!hasSanitizer)(
    'is found by ThreadSanitizer, which finds none without',
    {
      timeout: 3_600_000,
    },
    () => {
      const { status, stdout, stderr } = run('race-cuda.mjs')
      expect(`${stdout}${stderr}`).toMatch(/^no race in \d+ cases$/m)
      expect(stdout).toMatch(/^(\d+) of \1 races found$/m)
      expect(status).toBe(0)
    },
  )
})
