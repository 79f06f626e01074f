import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectGradients } from '../test/expect-gradients.ts'
import { integers } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { embedding, embeddingGradient } from './embedding.ts'

beforeAll(() => setBackend('cpu'))

describe('embedding', () => {
  it('takes rows, repeated ones too', () => {
    expect([
      ...embedding(
        tensor2d([
          [1, 2],
          [3, 4],
        ]),
        integers([1, 0, 1]),
      ).dataSync(),
    ]).toEqual([3, 4, 1, 2, 3, 4])
  })
})

describe('embeddingGradient', () => {
  it('adds the rows of equal ids and leaves the others zero', () => {
    const dy = tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect([...embeddingGradient(dy, integers([2, 0, 2]), 4).dataSync()]).toEqual([
      3, 4, 0, 0, 6, 8, 0, 0,
    ])
  })

  it('is zeros for no ids', () => {
    expect([...embeddingGradient(tensor2d([], [0, 2]), integers([]), 2).dataSync()]).toEqual([
      0, 0, 0, 0,
    ])
  })

  it('equals finite differences', () => {
    const ids = [3, 1, 3, 0]
    expectGradients({
      inputs: [{ values: seededValues(8, 10), shape: [5, 2] }],
      op: (weight) => embedding(weight as Tensor2D, integers(ids)),
      reference: (weight) =>
        Float64Array.from(ids.flatMap((id) => [...weight.subarray(2 * id, 2 * id + 2)])),
    })
  })

  it('names both shapes when the ids are too few', () => {
    expect(() => embeddingGradient(tensor2d([[1]]), integers([]), 2)).toThrow(
      'embeddingGradient: ids has shape [0], expected [1]',
    )
  })
})
