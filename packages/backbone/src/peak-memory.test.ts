import '@tensorflow/tfjs-backend-cpu'
import { setBackend, zeros } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { exactBackends } from '../test/backends.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { LocalPolicy } from './local-policy.ts'
import { takePeakBytes } from './peak-memory.ts'
import { accumulate, slopedItem } from '../test/sloped.ts'

const hasNative = (await exactBackends()).includes('native-cpu')

describe('takePeakBytes', () => {
  it.skipIf(!hasNative)('is the most that was held at once since the last call', async () => {
    await setBackend('native-cpu')
    takePeakBytes()
    const before = takePeakBytes() as number
    zeros([1024, 1024]).dispose()
    expect(takePeakBytes()).toBe(before + 4 * 2 ** 20)
    expect(takePeakBytes()).toBe(before)
  })

  it('is unknown where the backend does not measure it', async () => {
    await setBackend('cpu')
    expect(takePeakBytes()).toBeUndefined()
  })

  it.skipIf(!hasNative)('goes into what a step reports: larger for a larger batch', async () => {
    await setBackend('native-cpu')
    await using policy = new LocalPolicy(tinyConfig(), initializeModel(tinyConfig(), 0))
    const peakOf = async (count: number): Promise<number> => {
      const response = Int32Array.from({ length: 80 }, (_, t) => t % 24)
      const items = Array.from({ length: count }, (_, i) =>
        slopedItem(Int32Array.of(i, 1), response, new Float32Array(80).fill(0.1), { unit: `${i}` }),
      )
      await accumulate(policy, items)
      return (await policy.step({ learningRate: 1e-3 })).peakBytes as number
    }
    await peakOf(1)
    expect(await peakOf(20)).toBeGreaterThan((5 * (await peakOf(1))) / 4)
  })
})
