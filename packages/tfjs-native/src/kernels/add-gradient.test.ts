import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import {
  addEmbeddingGradient,
  addWeightGradient,
  embeddingGradient,
  tokenLogProbability,
  tokenLogProbabilityGradient,
} from '@icrl/tfjs-ops'
import { beforeEach, describe, expect, it } from 'vitest'
import { bits, idsOf, noise, rows2d } from '../../test/everything.ts'
import { hasAddon, instructionSets, useNative } from '../../test/native.ts'
import { currentNativeBackend, type NativeMemory } from '../native-cpu-backend.ts'

const memoryNow = (): NativeMemory => currentNativeBackend()!.memory()

/** The most bytes of tensors that an action takes beyond those that were there. */
function extraBytes(action: () => void): number {
  currentNativeBackend()!.resetPeak()
  const before = memoryNow().numBytesLive
  action()
  return memoryNow().numBytesPeak - before
}

/** Sums with ordinary numbers and zeros of both signs. */
const sums = (rows: number, width: number): Tensor2D =>
  tf.tidy(() => {
    const values = noise([rows, width], 5)
    return tf.where(tf.greater(values, 0.6), tf.fill([rows, width], -0), values) as Tensor2D
  })

describe.skipIf(!hasAddon).each(instructionSets())('gradients added in place on %s', (isa) => {
  beforeEach(() => useNative({ isa, threads: 2 }))

  it.each([
    [1, 1, 1],
    [9, 5, 33],
    [0, 3, 4],
    // Several slices of the product, one of which is not full.
    [40, 700, 1000],
    // A deep product.
    [2100, 48, 40],
  ])('a matrix’s of %i rows, %i × %i, is the product, then added', (rows, out, width) => {
    const [dy, x, before] = [rows2d(rows, out, 1), rows2d(rows, width, 2), sums(out, width)]
    const expected = bits(tf.add(before, tf.matMul(dy, x, true, false)))
    const sum = tf.variable(tf.tensor2d(before.dataSync(), [out, width]))
    addWeightGradient(sum, dy, x)
    expect(bits(sum)).toEqual(expected)
  })

  it.each([
    [60, 9, 5],
    [1, 40, 17],
    [0, 3, 4],
    [300, 1000, 40],
  ])('an embedding’s of %i rows at %i ids of width %i', (count, rows, width) => {
    const [dy, ids, before] = [rows2d(count, width, 3), idsOf(count, rows), sums(rows, width)]
    const expected = bits(tf.add(before, embeddingGradient(dy, ids, rows)))
    const sum = tf.variable(tf.tensor2d(before.dataSync(), [rows, width]))
    addEmbeddingGradient(sum, dy, ids)
    expect(bits(sum)).toEqual(expected)
  })

  it('the head’s, or not computed at all', () => {
    const [hidden, weight, targets] = [rows2d(30, 24, 6), rows2d(1100, 24, 7), idsOf(30, 1100)]
    const options = { temperatures: new Float32Array(30).fill(0.7), entropy: true }
    const slopes = noise([30], 8) as tf.Tensor1D
    const forward = {
      hidden,
      weight,
      targets,
      ...tokenLogProbability(hidden, weight, targets, options),
    }
    const whole = tokenLogProbabilityGradient(slopes, slopes, forward, options)
    const before = sums(1100, 24)
    const expected = bits(tf.add(before, whole.dweight))
    const sum = tf.variable(tf.tensor2d(before.dataSync(), [1100, 24]))
    const added = tokenLogProbabilityGradient(slopes, slopes, forward, options, sum)
    const without = tokenLogProbabilityGradient(slopes, slopes, forward, options, 'none')
    expect(bits(sum)).toEqual(expected)
    for (const { dhidden } of [added, without]) expect(bits(dhidden)).toEqual(bits(whole.dhidden))
    expect([added.dweight, without.dweight]).toEqual([undefined, undefined])
  })
})

describe.skipIf(!hasAddon)('a gradient added in place', () => {
  beforeEach(() => useNative())

  it('never exists twice: no tensor is made, and scratch holds a slice of it', () => {
    const [out, width] = [2048, 2048]
    const [dy, x] = [rows2d(16, out, 1), rows2d(16, width, 2)]
    const sum = tf.variable(tf.zeros([out, width]))
    const bytes = 4 * out * width
    expect(extraBytes(() => tf.add(sum, tf.matMul(dy, x, true, false)).dispose())).toBe(2 * bytes)
    const scratch = memoryNow().numBytesScratch
    expect(extraBytes(() => addWeightGradient(sum, dy, x))).toBe(0)
    expect(memoryNow().numBytesScratch - scratch).toBeLessThan(bytes / 4)
    const [rows, ids] = [rows2d(16, width, 3), idsOf(16, out)]
    expect(extraBytes(() => addEmbeddingGradient(sum, rows, ids))).toBe(0)
  })

  it('makes only the hidden states’ gradient at the head', () => {
    const [hidden, weight, targets] = [rows2d(8, 64, 6), rows2d(4096, 64, 7), idsOf(8, 4096)]
    const options = { temperatures: new Float32Array(8).fill(1), entropy: false }
    const slopes = noise([8], 8) as tf.Tensor1D
    const forward = {
      hidden,
      weight,
      targets,
      ...tokenLogProbability(hidden, weight, targets, options),
    }
    const sum = tf.variable(tf.zeros([4096, 64]))
    for (const into of [sum, 'none'] as const)
      expect(
        extraBytes(() => tokenLogProbabilityGradient(slopes, undefined, forward, options, into)),
      ).toBe(4 * 8 * 64)
  })
})
