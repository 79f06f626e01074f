import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose } from '../test/expect-close.ts'
import { expectGradients } from '../test/expect-gradients.ts'
import { matrix } from '../test/matrix.ts'
import { swigluReference } from '../test/reference.ts'
import { seededValues } from '../test/seeded-values.ts'
import { swiglu } from './swiglu.ts'

const gate = seededValues(4, 12).map((value) => 4 * value)
const up = seededValues(5, 12)

beforeAll(() => setBackend('cpu'))

describe('swiglu', () => {
  it('is gate · σ(gate) · up', () => {
    expectClose(
      swiglu(tensor2d([[0, 1, -1]]), tensor2d([[5, 2, 1]])).dataSync(),
      [0, 1.4621171572600098, -0.2689414213699951],
      1e-7,
    )
  })

  it('is the float64 reference to float32 precision', () => {
    expectClose(swiglu(matrix(gate, 3), matrix(up, 3)).dataSync(), swigluReference(gate, up), 1e-6)
  })

  it('stays finite where the exponential does not', () => {
    expect(
      [...swiglu(tensor2d([[-200, 200]]), tensor2d([[3, 3]])).dataSync()].map(Math.abs),
    ).toEqual([0, 600])
  })

  it('names both shapes when they differ', () => {
    expect(() => swiglu(matrix(gate, 3), matrix(up, 4))).toThrow(
      'swiglu: up has shape [4, 3], expected [3, 4]',
    )
  })
})

describe('swigluGradient', () => {
  it('equals finite differences', () => {
    expectGradients({
      inputs: [
        { values: gate, shape: [3, 4] },
        { values: up, shape: [3, 4] },
      ],
      op: (a, b) => swiglu(a as Tensor2D, b as Tensor2D),
      reference: swigluReference,
    })
  })
})
