import '@tensorflow/tfjs-backend-cpu'
import { add, mul, setBackend, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../test/expect-close.ts'
import { expectGradients } from '../test/expect-gradients.ts'
import { integers, matrix } from '../test/matrix.ts'
import { tokenReference } from '../test/reference.ts'
import { seededIds, seededValues } from '../test/seeded-values.ts'
import { rowChunks } from './scaled-logits.ts'
import { tokenLogProbability, tokenLogProbabilityGradient } from './token-log-probability.ts'

const [rows, width, vocabulary] = [4, 5, 7]
const hidden = seededValues(31, rows * width).map((value) => 3 * value)
const weight = seededValues(32, vocabulary * width)
const targets = seededIds(33, rows, vocabulary)
const temperatures = Float32Array.of(1, 0.5, 2, 1)
const options = { temperatures, entropy: true }

beforeAll(() => setBackend('cpu'))

describe('tokenLogProbability', () => {
  it('is uniform where all logits are equal', () => {
    const { logprobs, entropy } = tokenLogProbability(
      tensor2d([[0]]),
      tensor2d([[1], [2], [3], [4]]),
      integers([2]),
      { temperatures: Float32Array.of(1), entropy: true },
    )
    expectClose([...logprobs.dataSync(), ...entropy.dataSync()], [-Math.log(4), Math.log(4)], 1e-7)
  })

  it('is the float64 reference to float32 precision', () => {
    const { logprobs, entropy } = tokenLogProbability(
      matrix(hidden, rows),
      matrix(weight, vocabulary),
      integers(targets),
      options,
    )
    const reference = tokenReference(hidden, weight, targets, temperatures)
    expectClose(
      logprobs.dataSync(),
      reference.map(([logprob]) => logprob),
      1e-6,
    )
    expectClose(
      entropy.dataSync(),
      reference.map(([, entropyOf]) => entropyOf),
      1e-6,
    )
  })

  it('survives logits far beyond the range of exp', () => {
    const { logprobs } = tokenLogProbability(
      tensor2d([[1000]]),
      tensor2d([[1], [0]]),
      integers([1]),
      { temperatures: Float32Array.of(1), entropy: false },
    )
    expect([...logprobs.dataSync()]).toEqual([-1000])
  })

  it('computes a row without regard to its neighbors', () => {
    const all = tokenLogProbability(
      matrix(hidden, rows),
      matrix(weight, vocabulary),
      integers(targets),
      options,
    ).logprobs.dataSync()
    const last = tokenLogProbability(
      matrix(hidden.subarray(-width), 1),
      matrix(weight, vocabulary),
      integers(targets.slice(-1)),
      { temperatures: Float32Array.of(1), entropy: false },
    )
    expectSameBits(last.logprobs.dataSync(), all.subarray(rows - 1))
  })

  it('accepts no rows', () => {
    const none = tensor2d([], [0, width]) as Tensor2D
    const forward = tokenLogProbability(none, matrix(weight, vocabulary), integers([]), {
      temperatures: new Float32Array(0),
      entropy: true,
    })
    expect(forward.logprobs.shape).toEqual([0])
    const inputs = {
      hidden: none,
      weight: matrix(weight, vocabulary),
      targets: integers([]),
      ...forward,
    }
    const { dhidden, dweight } = tokenLogProbabilityGradient(forward.logprobs, undefined, inputs, {
      temperatures: new Float32Array(0),
      entropy: true,
    })
    expect([dhidden.shape, Math.max(...dweight.dataSync())]).toEqual([[0, width], 0])
  })

  it('refuses a temperature of 0', () => {
    const at = { temperatures: Float32Array.of(1, 0, 1, 1), entropy: false }
    expect(() =>
      tokenLogProbability(matrix(hidden, rows), matrix(weight, vocabulary), integers(targets), at),
    ).toThrow('temperature of row 1 is 0')
  })
})

describe('tokenLogProbabilityGradient', () => {
  const inputs = [
    { values: hidden, shape: [rows, width] },
    { values: weight, shape: [vocabulary, width] },
  ]

  it('equals finite differences of the log-probabilities', () => {
    expectGradients({
      inputs,
      op: (h, w) =>
        tokenLogProbability(h as Tensor2D, w as Tensor2D, integers(targets), {
          temperatures,
          entropy: false,
        }).logprobs,
      reference: (h, w) =>
        Float64Array.from(tokenReference(h, w, targets, temperatures), ([logprob]) => logprob),
    })
  })

  it('equals finite differences of the entropies', () => {
    expectGradients({
      inputs,
      op: (h, w) =>
        tokenLogProbability(h as Tensor2D, w as Tensor2D, integers(targets), options).entropy,
      reference: (h, w) =>
        Float64Array.from(tokenReference(h, w, targets, temperatures), ([, entropy]) => entropy),
    })
  })

  it('adds both where both have a gradient', () => {
    const [h, w, ids] = [matrix(hidden, rows), matrix(weight, vocabulary), integers(targets)]
    const forward = {
      hidden: h,
      weight: w,
      targets: ids,
      ...tokenLogProbability(h, w, ids, options),
    }
    const ones = mul(forward.logprobs, 0) as Tensor1D
    const [one, two] = [add(ones, 1), add(ones, 2)] as Tensor1D[]
    const both = tokenLogProbabilityGradient(one, two, forward, options)
    const first = tokenLogProbabilityGradient(one, undefined, forward, options)
    const second = tokenLogProbabilityGradient(ones, two, forward, options)
    expectClose(both.dweight.dataSync(), add(first.dweight, second.dweight).dataSync(), 1e-6)
    expectClose(both.dhidden.dataSync(), add(first.dhidden, second.dhidden).dataSync(), 1e-6)
  })

  it('refuses an entropy gradient without an entropy', () => {
    const [h, w, ids] = [matrix(hidden, rows), matrix(weight, vocabulary), integers(targets)]
    const without = { temperatures, entropy: false }
    const forward = {
      hidden: h,
      weight: w,
      targets: ids,
      ...tokenLogProbability(h, w, ids, without),
    }
    expect(() =>
      tokenLogProbabilityGradient(forward.logprobs, forward.logprobs, forward, without),
    ).toThrow('run it with entropy: true')
  })
})

describe('rowChunks', () => {
  it('covers all rows once, a chunk at least one row', () => {
    expect(rowChunks(5, 1 << 22)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
      { start: 4, end: 5 },
    ])
    expect(rowChunks(2, 1 << 30)).toEqual([
      { start: 0, end: 1 },
      { start: 1, end: 2 },
    ])
    expect(rowChunks(0, 8)).toEqual([])
  })
})
