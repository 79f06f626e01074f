import { tidy, type Tensor } from '@tensorflow/tfjs-core'
import { decodeTokens } from '@icrl/tfjs-ops'
import { describe, expect, it } from 'vitest'
import { hasShim, useShim } from '../test/cuda-shim.ts'
import { bits, decoderOf, drawnBits, everything, sequencesOf } from '../test/everything.ts'
import { hasAddon, useNative } from '../test/native.ts'

const SCHEDULES = process.env.ICRL_FULL ? [0, 1, 2, 3, 4, 5, 6, 7] : [0, 1]

const resultsOf = (run: () => Tensor[]): number[][] => tidy(() => run().map(bits))

describe.skipIf(!hasAddon || !hasShim)("kernels of a GPU have native-cpu's bits", () => {
  it.each(Object.entries(everything))('%s', { timeout: 600_000 }, async (_, run) => {
    await useNative()
    const expected = resultsOf(run)
    for (const schedule of SCHEDULES) {
      await useShim(schedule)
      expect(resultsOf(run)).toEqual(expected)
    }
  })

  it('decodeTokens', { timeout: 600_000 }, async () => {
    const drawn = async (): Promise<number[][]> => {
      const variant = { biased: true, headNorms: true }
      const { caches, sequences, options } = sequencesOf(33, 5, variant)
      return drawnBits(await decodeTokens(decoderOf(variant), caches, sequences, options))
    }
    await useNative()
    const expected = await drawn()
    await useShim(1)
    expect(await drawn()).toEqual(expected)
  })
})
