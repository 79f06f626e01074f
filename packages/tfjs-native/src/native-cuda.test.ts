import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BF16_CASES, checksums } from '../test/checksums.ts'
import { hasShim, useShim } from '../test/cuda-shim.ts'
import { hasAddon, useNative } from '../test/native.ts'

const SCHEDULES = process.env.ICRL_FULL ? [0, 1, 2, 3, 4, 5, 6, 7] : [0, 1]
const golden = JSON.parse(
  readFileSync(new URL('../test/golden.json', import.meta.url), 'utf8'),
) as Record<string, string>

it('knows a checksum of everything', () =>
  expect(Object.keys(golden)).toEqual(Object.keys(checksums)))

// After a change that is meant to change bits: test/print-checksums.ts --golden.
describe.each(Object.entries(checksums))('%s', (name, checksum) => {
  it.skipIf(!hasAddon)('has its bits on native-cpu', { timeout: 600_000 }, async () => {
    await useNative()
    expect(await checksum()).toBe(golden[name])
  })

  it.skipIf(!hasShim).each(SCHEDULES)(
    'has them on native-cuda, schedule %i',
    { timeout: 600_000 },
    async (schedule) => {
      await useShim({ seed: schedule })
      expect(await checksum()).toBe(golden[name])
    },
  )
})

// After a change that is meant to change bits: vitest with -u.
describe.skipIf(!hasShim || !process.env.ICRL_FULL)('native-cuda-bf16', () => {
  it('has the known bits of both generations', { timeout: 600_000 }, async () => {
    const found: Record<string, Record<string, string>> = {}
    for (const architecture of ['sm_90', 'sm_80']) {
      await useShim({ seed: 3, architecture, backend: 'native-cuda-bf16' })
      found[architecture] = {}
      for (const name of BF16_CASES) found[architecture][name] = await checksums[name]()
    }
    const text = `${JSON.stringify(found, null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../test/golden-bf16.json')
  })
})
