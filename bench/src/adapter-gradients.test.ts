import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { saveSafetensors } from '@icrl/backbone'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gradientDifference } from './adapter-gradients.ts'
import { advantageOf, groupLoss } from './workload.ts'

describe('gradientDifference', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'icrl-gradients-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const write = async (
    name: string,
    tensors: Readonly<Record<string, readonly number[]>>,
  ): Promise<string> => {
    const sources = Object.entries(tensors).map(([key, values]) => {
      const read = async (): Promise<Float32Array> => Float32Array.from(values)
      return [key, { shape: [values.length], read }] as const
    })
    await saveSafetensors(join(folder, name), new Map(sources), {})
    return join(folder, name)
  }

  it('is the largest error of a matrix relative to its largest number', async () => {
    const moments = await write('ours', {
      'first_moment.a': [0.1, -0.4],
      'first_moment.b': [0.001, 0.0021],
      'second_moment.a': [9, 9],
    })
    const gradients = await write('theirs', { b: [0.01, 0.02], a: [1, -4] })
    expect(await gradientDifference(moments, gradients)).toBeCloseTo(0.05, 5)
  })

  it('refuses other matrices, other sizes and gradients that prove nothing', async () => {
    const moments = await write('ours', { 'first_moment.a': [0.1, 0.2] })
    const refuses = async (gradients: string, words: string): Promise<void> =>
      expect(gradientDifference(moments, gradients)).rejects.toThrow(words)
    await refuses(await write('b', { b: [1, 2] }), 'theirs of 1 (b …)')
    await refuses(await write('short', { a: [1] }), 'a has 2 numbers, theirs 1')
    await refuses(await write('zero', { a: [0, 0] }), 'theirs of a is zero')
  })
})

describe('the made-up advantages of a group', () => {
  it('have mean 0 and variance 1, in each group', () => {
    const advantages = Array.from({ length: 16 }, (_, i) => advantageOf(i, 8))
    expect(advantages.slice(8)).toEqual(advantages.slice(0, 8))
    const mean = (values: readonly number[]): number =>
      values.reduce((total, value) => total + value, 0) / values.length
    expect(mean(advantages)).toBeCloseTo(0, 12)
    expect(mean(advantages.map((value) => value * value))).toBeCloseTo(1, 12)
  })

  it('weight the log-probabilities of their answers in the loss', () => {
    const scores = [1, 2, 3, 4].map((x) => ({ logprobs: Float32Array.of(-x, -x) }))
    // One of four right: √3 for the first, −1/√3 for the others.
    const expected = (2 * Math.sqrt(3) - (2 * (2 + 3 + 4)) / Math.sqrt(3)) / 8
    expect(groupLoss(scores, 4)).toBeCloseTo(expected, 6)
  })
})
