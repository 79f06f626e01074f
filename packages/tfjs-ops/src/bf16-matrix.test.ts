import '@tensorflow/tfjs-backend-cpu'
import { matMul, memory, setBackend, tensor1d, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { embedding } from './embedding.ts'
import { linearProduct } from './linear-product.ts'
import { sampleToken } from './sample-token.ts'
import { fromBf16, isBf16, toBf16 } from './bf16-matrix.ts'
import { tokenLogProbability } from './token-log-probability.ts'

beforeAll(() => setBackend('cpu'))

const rounded = (...values: number[]): number[] => [
  ...fromBf16(toBf16(tensor2d([values]))).dataSync(),
]

describe('toBf16', () => {
  it('rounds to the nearest of eight bits, halves to even', () => {
    expect(rounded(1 + 2 ** -9, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20)).toEqual([
      1,
      1,
      1 + 2 ** -6,
      1 + 2 ** -7,
    ])
  })

  it('keeps zeros and their signs, infinities and NaN; the largest number rounds to infinity', () => {
    const hidden = new Float32Array(Uint32Array.of(0x7f800001).buffer)[0]
    expect(rounded(0, -0, Infinity, -Infinity, NaN, hidden, 3.4028234e38)).toEqual([
      0,
      -0,
      Infinity,
      -Infinity,
      NaN,
      NaN,
      Infinity,
    ])
  })

  it('is within 2⁻⁸ of every number, and leaves what it rounded once', () => {
    fc.assert(
      fc.property(
        fc.float({
          noNaN: true,
          noDefaultInfinity: true,
          min: Math.fround(-1e30),
          max: Math.fround(1e30),
        }),
        (value) => {
          const [once] = rounded(value)
          expect(Math.abs(once - value)).toBeLessThanOrEqual(
            Math.max(Math.abs(value) * 2 ** -8, 2 ** -134),
          )
          expect(rounded(once)).toEqual([once])
        },
      ),
    )
  })

  it.each([
    [0, 3],
    [3, 0],
    [1, 1],
    [2, 3],
    [4, 4],
  ])(
    'keeps %i rows of %i columns in half the bytes, a row padded to whole words',
    (rows, columns) => {
      const values = Float32Array.from({ length: rows * columns }, (_, i) => i - 3)
      const stored = toBf16(tensor2d(values, [rows, columns]))
      expect(isBf16(stored)).toBe(true)
      expect(stored.bits.shape).toEqual([rows, Math.ceil(columns / 2)])
      expect(fromBf16(stored).dataSync()).toEqual(values)
    },
  )
})

describe('operations with a stored weight', () => {
  const [x, weight] = [
    tensor2d([
      [0.3, -2, 1.7],
      [1, 0, 5],
    ]),
    tensor2d([
      [0.111, 2.3, -4],
      [0.7, 0.01, 9],
      [3, 3, 3],
      [-1, 0.5, 1e-3],
    ]),
  ]
  const stored = toBf16(weight)
  const widened = fromBf16(stored)
  const equal = (found: Tensor2D, expected: Tensor2D): void =>
    expect(found.dataSync()).toEqual(expected.dataSync())

  it('compute what the widened one gives', () => {
    equal(linearProduct(x, stored), matMul(x, widened, false, true))
    equal(
      embedding(stored, tensor1d([3, 0, 3], 'int32')),
      embedding(widened, tensor1d([3, 0, 3], 'int32')),
    )
    const options = { temperatures: Float32Array.of(1, 0.5), entropy: true }
    const targets = tensor1d([2, 0], 'int32')
    for (const name of ['logprobs', 'entropy', 'logsumexp'] as const) {
      expect(tokenLogProbability(x, stored, targets, options)[name].dataSync()).toEqual(
        tokenLogProbability(x, widened, targets, options)[name].dataSync(),
      )
    }
    const sampling = {
      temperatures: Float32Array.of(1, 0),
      uniforms: Float64Array.of(0.4, 0.9),
      topK: Int32Array.of(0, 0),
      topP: Float32Array.of(1, 1),
    }
    expect(sampleToken(x, stored, sampling).ids.dataSync()).toEqual(
      sampleToken(x, widened, sampling).ids.dataSync(),
    )
  })

  it('leave no tensor behind', () => {
    const before = memory().numTensors
    linearProduct(x, stored).dispose()
    expect(memory().numTensors).toBe(before)
  })

  it('refuse another width', () => {
    expect(() => linearProduct(tensor2d([[1, 2]]), stored)).toThrow(
      'linearProduct: x has 2 columns, weight 3',
    )
  })
})
