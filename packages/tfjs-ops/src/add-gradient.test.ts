import '@tensorflow/tfjs-backend-cpu'
import { add, matMul, setBackend, tensor2d, variable, zeros } from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { integers, matrix, vector } from '../test/matrix.ts'
import { seededIds, seededValues } from '../test/seeded-values.ts'
import { addEmbeddingGradient, addWeightGradient } from './add-gradient.ts'
import { embeddingGradient } from './embedding.ts'
import { tokenLogProbability, tokenLogProbabilityGradient } from './token-log-probability.ts'

const bits = (tensor: Tensor): number[] => [
  ...new Int32Array(tensor.dataSync<'float32'>().slice().buffer),
]

beforeAll(() => setBackend('cpu'))

describe('addWeightGradient', () => {
  it('adds dyᵀ · x', () => {
    const sum = variable(tensor2d([[1, 2]]))
    addWeightGradient(
      sum,
      tensor2d([[1], [2]]),
      tensor2d([
        [3, 4],
        [5, 6],
      ]),
    )
    expect(sum.arraySync()).toEqual([[14, 18]])
  })

  it('has the bits of a product that is added', () => {
    const [dy, x] = [2, 3].map((seed) => matrix(seededValues(seed, 7 * 5), 7))
    const product = matMul(dy, x, true, false)
    const before = matrix(seededValues(4, 25), 5)
    const sum = variable(before)
    addWeightGradient(sum, dy, x)
    expect(bits(sum)).toEqual(bits(add(before, product)))
  })

  it('adds nothing for no rows', () => {
    const sum = variable(tensor2d([[1, 2]]))
    addWeightGradient(sum, zeros([0, 1]), zeros([0, 2]))
    expect(sum.arraySync()).toEqual([[1, 2]])
  })

  it.each([
    [[2, 2], [3, 2], [4, 2], 'x has shape [4, 2], expected [3, any]'],
    [[3, 2], [3, 2], [3, 2], 'sum has shape [3, 2], expected [2, 2]'],
  ])('refuses a sum of %o for dy of %o and x of %o', (sum, dy, x, message) => {
    expect(() =>
      addWeightGradient(variable(zeros(sum)), zeros(dy as [3, 2]), zeros(x as [3, 2])),
    ).toThrow(`addWeightGradient: ${message}`)
  })
})

describe('addEmbeddingGradient', () => {
  it('has the bits of an embedding’s gradient that is added, −0 included', () => {
    const dy = matrix(seededValues(1, 24), 8)
    const ids = integers(seededIds(2, 8, 5))
    const before = matrix(
      seededValues(3, 18).map((value, i) => (i > 14 ? -0 : value)),
      6,
    )
    const sum = variable(before)
    addEmbeddingGradient(sum, dy, ids)
    expect(bits(sum)).toEqual(bits(add(before, embeddingGradient(dy, ids, 6))))
  })

  it('refuses shapes that do not fit', () => {
    expect(() =>
      addEmbeddingGradient(variable(zeros([2, 3])), zeros([1, 4]), integers([0])),
    ).toThrow('addEmbeddingGradient: sum has shape [2, 3], expected [any, 4]')
  })
})

describe('what becomes of the head’s gradient', () => {
  const [hidden, weight] = [matrix(seededValues(1, 12), 3), matrix(seededValues(2, 28), 7)]
  const [targets, slopes] = [integers([0, 6, 3]), vector(seededValues(3, 3))]
  const options = { temperatures: Float32Array.of(1, 0.5, 2), entropy: true }
  const gradient = (into: Parameters<typeof tokenLogProbabilityGradient>[4]) =>
    tokenLogProbabilityGradient(
      slopes,
      slopes,
      { hidden, weight, targets, ...tokenLogProbability(hidden, weight, targets, options) },
      options,
      into,
    )

  it('is returned, added to a sum, or not computed: the rest has the same bits', () => {
    const before = matrix(seededValues(4, 28), 7)
    const sum = variable(before)
    const [returned, added, without] = [gradient('returned'), gradient(sum), gradient('none')]
    expect(bits(sum)).toEqual(bits(add(before, returned.dweight!)))
    expect([added.dweight, without.dweight]).toEqual([undefined, undefined])
    for (const { dhidden } of [added, without])
      expect(bits(dhidden)).toEqual(bits(returned.dhidden))
  })

  it('is not added to a sum of another shape', () => {
    expect(() => gradient(variable(zeros([4, 7])))).toThrow(
      'tokenLogProbabilityGradient: the sum has shape [4, 7], expected [7, 4]',
    )
  })
})
