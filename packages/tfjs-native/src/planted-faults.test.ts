import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../scripts/plant-cuda-faults.mjs', import.meta.url))

// Compiles the kernels once for each fault.
describe.skipIf(!process.env.ICRL_FULL)('a fault planted in the kernels of a GPU', () => {
  it('is found by the comparison with native-cpu', { timeout: 3_600_000 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect(`${stdout}${stderr}`).toMatch(/^(\d+) of \1 faults found$/m)
    expect(status).toBe(0)
  })
})
