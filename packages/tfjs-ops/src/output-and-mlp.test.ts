import '@tensorflow/tfjs-backend-cpu'
import { memory, setBackend, tensor1d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { blockCase, expectOutputAndMlp, SMALL_BLOCK } from '../test/block-parts.ts'
import { expectSameBits } from '../test/expect-close.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { outputAndMlp, outputAndMlpGradient } from './output-and-mlp.ts'
import { fromBf16, toBf16 } from './bf16-matrix.ts'

beforeAll(() => setBackend('cpu'))

describe('outputAndMlp on a backend without the kernel', () => {
  it.each([true, false])('has the gradient that the tape finds: bias %s', (biased) => {
    for (const rank of [0, 2]) expectOutputAndMlp({ ...SMALL_BLOCK, biased, rank }, 2e-5)
  })

  it('takes stored weights for what they stand for, also on the way back', () => {
    const { weights, x, attended, shape } = blockCase(SMALL_BLOCK)
    const stored = toBf16(weights.up.weight as Tensor2D)
    const upped = (weight: typeof stored | Tensor2D): typeof weights => ({
      ...weights,
      up: { weight },
    })
    const forward = outputAndMlp(attended, x, upped(stored), shape)
    expectSameBits(
      forward.output.dataSync(),
      outputAndMlp(attended, x, upped(fromBf16(stored)), shape).output.dataSync(),
    )
    const [found, expected] = [stored, fromBf16(stored)].map((weight) =>
      outputAndMlpGradient(x, forward, upped(weight), shape),
    )
    expectSameBits(found.dmiddle.dataSync(), expected.dmiddle.dataSync())
    expectSameBits(found.dattended.dataSync(), expected.dattended.dataSync())
  })

  it('adds a bias of the feed-forward part where there is one', () => {
    const { weights, x, attended, shape } = blockCase(SMALL_BLOCK)
    const bias = tensor1d([1, 2, 3, 4, 5, 6])
    const [without, biased] = [weights, { ...weights, down: { ...weights.down, bias } }].map(
      (own) => outputAndMlp(attended, x, own, shape).output.arraySync(),
    )
    biased[0].forEach((value, i) => expect(value - without[0][i]).toBeCloseTo(i + 1, 5))
  })

  it('leaves nothing behind but its results', () => {
    const { weights, x, attended, shape } = blockCase(SMALL_BLOCK)
    const before = memory().numTensors
    Object.values(outputAndMlp(attended, x, weights, shape)).forEach((tensor: Tensor2D) =>
      tensor.dispose(),
    )
    expect(memory().numTensors).toBe(before)
  })

  it('names what does not fit', () => {
    const { weights, x, attended, shape } = blockCase(SMALL_BLOCK)
    expect(() => outputAndMlp(attended, x, { ...weights, down: weights.up }, shape)).toThrow(
      'outputAndMlp: down has shape [7, 6], expected [6, 7]',
    )
    expect(() => outputAndMlp(x, x, weights, shape)).toThrow(
      'outputAndMlp: output has shape [6, 16], expected [6, 6]',
    )
    expect(() =>
      outputAndMlpGradient(attended, outputAndMlp(attended, x, weights, shape), weights, shape),
    ).toThrow('outputAndMlpGradient: output has shape [6, 16], expected [16, any]')
  })
  it.each(['middle', 'gate', 'up'])('names the activation whose shape does not fit: %s', (name) => {
    const { weights, x, attended, shape } = blockCase(SMALL_BLOCK)
    const wrong = {
      ...outputAndMlp(attended, x, weights, shape),
      [name]: matrix(seededValues(1, 15), 5),
    }
    expect(() => outputAndMlpGradient(x, wrong, weights, shape)).toThrow(
      new RegExp(`outputAndMlpGradient: ${name} has shape \\[5, 3\\]`),
    )
  })
})
