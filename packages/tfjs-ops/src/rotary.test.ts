import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../test/expect-close.ts'
import { expectGradients } from '../test/expect-gradients.ts'
import { integers, matrix, vector } from '../test/matrix.ts'
import { rotaryReference } from '../test/reference.ts'
import { seededValues } from '../test/seeded-values.ts'
import { rotary } from './rotary.ts'

const headDim = 6
const epsilon = 1e-6
const inverseFrequencies = Float32Array.of(1, 0.1, 0.01)
const options = { headDim, epsilon, inverseFrequencies }
const positions = Int32Array.of(0, 7, 1000)
const x = seededValues(6, 3 * 2 * headDim)
const gain = seededValues(7, headDim)
const reference = (a: Float64Array, g?: Float64Array): Float64Array =>
  rotaryReference(a, positions, g, headDim, epsilon, inverseFrequencies)

beforeAll(() => setBackend('cpu'))

describe('rotary', () => {
  it('turns each pair by position times frequency', () => {
    const quarter = { headDim: 2, epsilon, inverseFrequencies: Float32Array.of(Math.PI / 2) }
    expectClose(
      rotary(
        tensor2d([
          [1, 0],
          [1, 0],
        ]),
        integers([1, 2]),
        undefined,
        quarter,
      ).dataSync(),
      [0, 1, -1, 0],
      1e-6,
    )
  })

  it('changes nothing at position 0', () => {
    const unrotated = rotary(
      matrix(x.subarray(0, 2 * headDim), 1),
      integers([0]),
      undefined,
      options,
    ).dataSync()
    expectSameBits(unrotated, x.subarray(0, 2 * headDim))
  })

  it.each([
    ['without', undefined],
    ['with', gain],
  ])('is the float64 reference %s a norm', (_, g) => {
    const y = rotary(matrix(x, 3), integers(positions), g && vector(g), options)
    expectClose(y.dataSync(), reference(x, g), 1e-6)
  })

  it('computes a row without regard to its neighbors', () => {
    const all = rotary(matrix(x, 3), integers(positions), vector(gain), options).dataSync()
    const last = rotary(
      matrix(x.subarray(-2 * headDim), 1),
      integers([1000]),
      vector(gain),
      options,
    ).dataSync()
    expectSameBits(last, all.subarray(-2 * headDim))
  })

  it('refuses frequencies of another head dimension', () => {
    const wrong = { ...options, inverseFrequencies: Float32Array.of(1) }
    expect(() => rotary(matrix(x, 3), integers(positions), undefined, wrong)).toThrow(
      'headDim 6 and 1 inverse frequencies do not fit',
    )
  })
})

describe('rotaryGradient', () => {
  it('equals finite differences without a norm', () => {
    expectGradients({
      inputs: [{ values: x, shape: [3, 2 * headDim] }],
      op: (a) => rotary(a as Tensor2D, integers(positions), undefined, options),
      reference: (a) => reference(a),
    })
  })

  it('equals finite differences with a norm', () => {
    expectGradients({
      inputs: [
        { values: x, shape: [3, 2 * headDim] },
        { values: gain, shape: [headDim] },
      ],
      op: (a, g) => rotary(a as Tensor2D, integers(positions), g as Tensor1D, options),
      reference,
    })
  })
})
