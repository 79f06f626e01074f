import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  embedding,
  FromBf16,
  fromBf16,
  hasFusedKernel,
  linearProduct,
  MatMulBf16,
  sampleToken,
  ToBf16,
  tokenLogProbability,
  toBf16,
} from '@icrl/tfjs-ops'
import { describe, expect, it } from 'vitest'
import { hasShim, useShim } from '../../test/cuda-shim.ts'
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

/** Ties, the largest numbers, zeros, subnormals, infinities; and what is in between. */
const SPECIAL = [0x3f808000, 0x3f818000, 0x3f808001, 0x7f7fffff, 0, 0x80000000, 1, 0x8000, 0x8001]
const special = (rows: number, columns: number): Tensor2D => {
  const words = Uint32Array.from({ length: rows * columns }, (_, i) =>
    i % 3 > 0 ? (SPECIAL[i % SPECIAL.length] ^ ((i % 2) << 31)) >>> 0 : 0x3c000000 + i * 7919,
  )
  words.set([0x7f800000, 0xff800000].slice(0, words.length))
  return tf.tensor2d(new Float32Array(words.buffer), [rows, columns])
}
/** By the functions of plain JavaScript. */
async function byHand(rows: number, columns: number): Promise<number[][]> {
  await tf.setBackend('cpu')
  return tf.tidy(() => {
    const stored = toBf16(special(rows, columns))
    return [[...stored.bits.dataSync()], ...bits([fromBf16(stored)])]
  })
}

const conversions: Readonly<Record<string, () => Promise<void>>> = {
  ...(hasAddon &&
    Object.fromEntries(
      places.map((place) => [
        `native-cpu, ${place.isa}, ${place.threads} threads`,
        () => useNative(place),
      ]),
    )),
  ...(hasShim && {
    'native-cuda': () => useShim({ seed: 1 }),
    'native-cuda-bf16': () => useShim({ backend: 'native-cuda-bf16' }),
  }),
}

describe.each(Object.entries(conversions))('rows in bf16 on %s', (_, use) => {
  it.each([
    [0, 3],
    [1, 1],
    [2, 3],
    [3, 64],
    [70, 131],
    [33, 130],
  ])('are rounded and widened to the bit: %i × %i', async (rows, columns) => {
    const expected = await byHand(rows, columns)
    await use()
    expect(hasFusedKernel(ToBf16) && hasFusedKernel(FromBf16)).toBe(true)
    tf.tidy(() => {
      const stored = toBf16(special(rows, columns))
      expect(stored.bits.shape).toEqual([rows, Math.ceil(columns / 2)])
      expect([[...stored.bits.dataSync()], ...bits([fromBf16(stored)])]).toEqual(expected)
    })
  })

  it('stay NaN where they are', async () => {
    await use()
    const stored = toBf16(tf.tensor2d([[NaN, 1, NaN]]))
    expect([...fromBf16(stored).dataSync()]).toEqual([NaN, 1, NaN])
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
