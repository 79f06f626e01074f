import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  embedding,
  fromBf16,
  hasFusedKernel,
  linearProduct,
  MatMulBf16,
  sampleToken,
  tokenLogProbability,
  toBf16,
} from '@icrl/tfjs-ops'
import { describe, expect, it } from 'vitest'
import { hasAddon, instructionSets, useNative } from '../../test/native.ts'
import { currentNativeBackend } from '../native-cpu-backend.ts'

const noise = (rows: number, columns: number, seed: number): Tensor2D =>
  tf.randomUniform([rows, columns], -1, 1, 'float32', seed)
const idsOf = (count: number, below: number): Tensor1D =>
  tf.tensor1d(
    Int32Array.from({ length: count }, (_, i) => (i * 37 + 11) % below),
    'int32',
  )
const bits = (tensors: Tensor[]): number[][] =>
  tensors.map((tensor) => [...new Int32Array(tensor.dataSync().buffer)])
const places = instructionSets().flatMap((isa) => [1, 3].map((threads) => ({ isa, threads })))

/**
 * Rows, outputs, inner: one row, few and many, odd widths, more than a block of the inner dimension
 * and of the columns.
 */
const SHAPES = [
  [1, 300, 521],
  [5, 33, 64],
  [70, 45, 33],
  [200, 130, 257],
  [3, 4, 1],
  [0, 4, 6],
  [2, 4200, 16],
]

describe.skipIf(!hasAddon).each(places)('a bf16 weight on $isa, $threads threads', (place) => {
  it.each(SHAPES)(
    'gives %i × %i outputs over %i the bits of the float32 kernel on the rounded weight',
    async (rows, outputs, inner) => {
      await useNative(place)
      tf.tidy(() => {
        const [x, stored] = [noise(rows, inner, 1), toBf16(noise(outputs, inner, 2))]
        expect(bits([linearProduct(x, stored)])).toEqual(
          bits([tf.matMul(x, fromBf16(stored), false, true)]),
        )
      })
    },
  )

  it('gives embedding, log-probability and sampling theirs', async () => {
    await useNative(place)
    expect(hasFusedKernel(MatMulBf16)).toBe(true)
    tf.tidy(() => {
      const [hidden, stored] = [noise(71, 51, 3), toBf16(noise(1203, 51, 4))]
      const widened = fromBf16(stored)
      const head = {
        temperatures: Float32Array.from({ length: 71 }, (_, i) => 0.5 + i / 50),
        entropy: true,
      }
      const sampling = {
        temperatures: head.temperatures,
        uniforms: Float64Array.from({ length: 71 }, (_, i) => (i * 0.754877666) % 1),
        topK: new Int32Array(71),
        topP: new Float32Array(71).fill(1),
      }
      const outputs = (weight: typeof stored | Tensor2D): Tensor[] => [
        embedding(weight, idsOf(90, 1203)),
        ...Object.values(tokenLogProbability(hidden, weight, idsOf(71, 1203), head)),
        ...Object.values(sampleToken(hidden, weight, sampling)),
      ]
      expect(bits(outputs(stored))).toEqual(bits(outputs(widened)))
    })
  })
})

describe.skipIf(!hasAddon)('bf16 storage', () => {
  it('takes half the memory, and gives it back', async () => {
    await useNative()
    const live = (): number => currentNativeBackend()!.memory().numBytesLive
    const before = live()
    const weight = noise(1024, 512, 5)
    const whole = live() - before
    const stored = toBf16(weight)
    weight.dispose()
    expect(live() - before).toBe(whole / 2)
    stored.bits.dispose()
    expect(live()).toBe(before)
  })

  it('names an id outside the table', async () => {
    await useNative()
    expect(() => embedding(toBf16(noise(4, 4, 6)), tf.tensor1d([0, 4], 'int32'))).toThrow(
      'embedding: id 4 of row 1 is not in [0, 4)',
    )
  })
})
