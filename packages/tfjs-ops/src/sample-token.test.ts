import '@tensorflow/tfjs-backend-cpu'
import { setBackend, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits } from '../test/expect-close.ts'
import { matrix } from '../test/matrix.ts'
import { seededValues } from '../test/seeded-values.ts'
import { sampleToken } from './sample-token.ts'
import { tokenLogProbability } from './token-log-probability.ts'

const [rows, width, vocabulary] = [6, 5, 40]
const hidden = matrix(
  seededValues(41, rows * width).map((value) => 2 * value),
  rows,
)
const weight = matrix(seededValues(42, vocabulary * width), vocabulary)
const temperatures = Float32Array.of(1, 0, 0.7, 2, 1, 1)
const options = {
  temperatures,
  uniforms: Float64Array.of(0.1, 0.9, 0.5, 0.3, 0.7, 0.99),
  topK: Int32Array.of(0, 0, 5, 0, 0, 3),
  topP: Float32Array.of(1, 1, 1, 0.5, 1, 0.9),
}

beforeAll(() => setBackend('cpu'))

describe('sampleToken', () => {
  it('reports the bits of tokenLogProbability, unfiltered, at temperature 1 where greedy', () => {
    const { ids, logprobs } = sampleToken(hidden, weight, options)
    const scored = tokenLogProbability(hidden, weight, ids, {
      temperatures: temperatures.map((t) => t || 1),
      entropy: false,
    })
    expectSameBits(logprobs.dataSync(), scored.logprobs.dataSync())
  })

  it('takes the largest logit at temperature 0', () => {
    const { ids } = sampleToken(tensor2d([[1]]), tensor2d([[1], [3], [3]]), {
      temperatures: Float32Array.of(0),
      uniforms: Float64Array.of(0.99),
      topK: Int32Array.of(0),
      topP: Float32Array.of(1),
    })
    expect([...ids.dataSync()]).toEqual([1])
  })

  it('refuses logits that are not finite', () => {
    const bad = tensor2d([[NaN]]) as Tensor2D
    const one = {
      temperatures: Float32Array.of(1),
      uniforms: Float64Array.of(0),
      topK: Int32Array.of(0),
      topP: Float32Array.of(1),
    }
    expect(() => sampleToken(bad, tensor2d([[1]]), one)).toThrow(
      'the logits of row 0 are not finite',
    )
  })

  it('refuses options out of range', () => {
    expect(() =>
      sampleToken(hidden, weight, { ...options, uniforms: new Float64Array(rows).fill(1) }),
    ).toThrow('row 0 has uniform 1')
    expect(() => sampleToken(hidden, weight, { ...options, topK: Int32Array.of(1) })).toThrow(
      '6 rows need as many topK, got 1',
    )
  })
})
