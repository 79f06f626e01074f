import '@tensorflow/tfjs-backend-cpu'
import { memory, setBackend, tensor1d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { blockCase, expectQkvProjection, SMALL_BLOCK } from '../test/block-parts.ts'
import { expectSameBits } from '../test/expect-close.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { qkvProjection, qkvProjectionGradient } from './qkv-projection.ts'
import { fromBf16, toBf16 } from './bf16-matrix.ts'

beforeAll(() => setBackend('cpu'))

describe('qkvProjection on a backend without the kernel', () => {
  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('has the gradient that the tape finds: head norms %s, biases %s', (headNorms, biased) => {
    for (const rank of [0, 2])
      expectQkvProjection({ ...SMALL_BLOCK, headNorms, biased, rank }, 2e-5)
  })

  it('takes stored weights for what they stand for, also on the way back', () => {
    const { weights, x, positions, shape } = blockCase(SMALL_BLOCK)
    const stored = toBf16(weights.key.weight as Tensor2D)
    const keyed = (weight: typeof stored | Tensor2D): typeof weights => ({
      ...weights,
      key: { ...weights.key, weight },
    })
    const forward = qkvProjection(x, positions, keyed(stored), shape)
    expectSameBits(
      forward.rotatedKey.dataSync(),
      qkvProjection(x, positions, keyed(fromBf16(stored)), shape).rotatedKey.dataSync(),
    )
    const gradients = {
      drotatedQuery: forward.query,
      drotatedKey: forward.key,
      dvalue: forward.value,
      dresidual: x,
    }
    const [found, expected] = [stored, fromBf16(stored)].map((weight) =>
      qkvProjectionGradient(gradients, { x, ...forward }, positions, keyed(weight), shape),
    )
    expectSameBits(found.dx.dataSync(), expected.dx.dataSync())
    expectSameBits(found.dkey.dataSync(), expected.dkey.dataSync())
  })

  it('leaves nothing behind but its results', () => {
    const { weights, x, positions, shape } = blockCase(SMALL_BLOCK)
    const before = memory().numTensors
    Object.values(qkvProjection(x, positions, weights, shape)).forEach((tensor: Tensor2D) =>
      tensor.dispose(),
    )
    expect(memory().numTensors).toBe(before)
  })

  it('names what does not fit', () => {
    const { weights, x, positions, shape } = blockCase(SMALL_BLOCK)
    expect(() => qkvProjection(x, positions, { ...weights, value: weights.query }, shape)).toThrow(
      'qkvProjection: value has shape [16, 6], expected [8, 6]',
    )
    expect(() =>
      qkvProjection(x, positions, { ...weights, keyNorm: tensor1d([1]) }, shape),
    ).toThrow('qkvProjection: keyNorm has shape [1], expected [4]')
    expect(() => qkvProjection(x, positions, { ...weights, keyNorm: undefined }, shape)).toThrow(
      'norms of queries and keys come together',
    )
    expect(() => qkvProjection(x, tensor1d([1], 'int32'), weights, shape)).toThrow(
      'positions has shape [1], expected [5]',
    )
  })
  it.each(['drotatedQuery', 'drotatedKey', 'dvalue', 'dresidual', 'query', 'key'])(
    'names the gradient or activation whose shape does not fit: %s',
    (name) => {
      const { weights, x, positions, shape } = blockCase(SMALL_BLOCK)
      const { query, key, value, rotatedQuery, rotatedKey } = qkvProjection(
        x,
        positions,
        weights,
        shape,
      )
      const given = {
        drotatedQuery: rotatedQuery,
        drotatedKey: rotatedKey,
        dvalue: value,
        dresidual: x,
        x,
        query,
        key,
      }
      const wrong = { ...given, [name]: matrix(seededValues(1, 15), 5) }
      expect(() => qkvProjectionGradient(wrong, wrong, positions, weights, shape)).toThrow(
        new RegExp(`qkvProjectionGradient: ${name} has shape \\[5, 3\\]`),
      )
    },
  )
})
