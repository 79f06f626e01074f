import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor1d, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../test/expect-close.ts'
import { expectGradients } from '../test/expect-gradients.ts'
import { matrix, vector } from '../test/matrix.ts'
import { rmsNormReference } from '../test/reference.ts'
import { seededValues } from '../test/seeded-values.ts'
import { rmsNorm, rmsNormGradient } from './rms-norm.ts'

const epsilon = 1e-5
const [rows, width] = [3, 6]
const x = seededValues(1, rows * width)
const gain = seededValues(2, width)

beforeAll(() => setBackend('cpu'))

describe('rmsNorm', () => {
  it('divides by the root mean square', () => {
    const y = rmsNorm(tensor2d([[3, 4]]), tensor1d([1, 2]), { epsilon: 0 })
    expectClose(y.dataSync(), [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)], 1e-7)
  })

  it('is the float64 reference to float32 precision', () => {
    expectClose(
      rmsNorm(matrix(x, rows), vector(gain), { epsilon }).dataSync(),
      rmsNormReference(x, gain, epsilon),
      1e-6,
    )
  })

  it('leaves a row of zeros at zero', () => {
    expect([...rmsNorm(tensor2d([[0, 0]]), tensor1d([1, 1]), { epsilon }).dataSync()]).toEqual([
      0, 0,
    ])
  })

  it('accepts no rows', () => {
    expect(rmsNorm(tensor2d([], [0, width]), vector(gain), { epsilon }).shape).toEqual([0, width])
  })

  it('computes a row without regard to its neighbors', () => {
    const all = rmsNorm(matrix(x, rows), vector(gain), { epsilon }).dataSync()
    const alone = rmsNorm(matrix(x.subarray(width, 2 * width), 1), vector(gain), {
      epsilon,
    }).dataSync()
    expectSameBits(alone, all.subarray(width, 2 * width))
  })

  it('names both shapes when the gain does not fit', () => {
    expect(() => rmsNorm(tensor2d([[1, 2]]), tensor1d([1]), { epsilon })).toThrow(
      'rmsNorm: gain has shape [1], expected [2]',
    )
  })
})

describe('rmsNormGradient', () => {
  it('equals finite differences', () => {
    expectGradients({
      inputs: [
        { values: x, shape: [rows, width] },
        { values: gain, shape: [width] },
      ],
      op: (a, b) => rmsNorm(a as Tensor2D, b as Tensor1D, { epsilon }),
      reference: (a, b) => rmsNormReference(a, b, epsilon),
    })
  })

  it('is zero in the gain for no rows', () => {
    const none = tensor2d([], [0, width]) as Tensor2D
    expect([...rmsNormGradient(none, none, vector(gain), { epsilon }).dgain.dataSync()]).toEqual([
      0, 0, 0, 0, 0, 0,
    ])
  })
})
