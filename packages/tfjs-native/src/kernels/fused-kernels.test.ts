import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import {
  adamW,
  adamWComposition,
  decodeAttention,
  embedding,
  embeddingGradient,
  packedAttention,
  packedLayout,
  rmsNorm,
  rotary,
  sampleToken,
  sampleTokenComposition,
  swiglu,
  tokenLogProbability,
  writeCache,
  fromSplit,
  toSplit,
  zeroMoment,
} from '@icrl/tfjs-ops'
import type { BlockCaches, MomentStorage, PackedLayout } from '@icrl/tfjs-ops'
import { beforeEach, describe, expect, it } from 'vitest'
import { expectOutputAndMlp, expectQkvProjection } from '../../../tfjs-ops/test/block-parts.ts'
import { expectClose } from '../../../tfjs-ops/test/expect-close.ts'
import { expectGradients } from '../../../tfjs-ops/test/expect-gradients.ts'
import { integers, matrix, vector } from '../../../tfjs-ops/test/matrix.ts'
import { rowsInCache } from '../../../tfjs-ops/test/paged-caches.ts'
import {
  attentionReference,
  rmsNormReference,
  rotaryReference,
  swigluReference,
  tokenReference,
} from '../../../tfjs-ops/test/reference.ts'
import { seededIds, seededValues } from '../../../tfjs-ops/test/seeded-values.ts'
import { hasAddon, useNative } from '../../test/native.ts'

const epsilon = 1e-5
const input = (
  seed: number,
  rows: number,
  width: number,
): { values: Float64Array; shape: number[] } => ({
  values: seededValues(seed, rows * width),
  shape: [rows, width],
})
const gainOf = (seed: number, width: number): { values: Float64Array; shape: number[] } => ({
  values: seededValues(seed, width).map((v) => Math.fround(1 + v / 4)),
  shape: [width],
})

/** Slabs of `pages` pages each, all zeros. */
function cachesOf(slabs: number, pages: number, width: number): BlockCaches {
  const zeros = (): Variable => tf.variable(tf.zeros([pages, 64, width]))
  return {
    keys: Array.from({ length: slabs }, zeros),
    values: Array.from({ length: slabs }, zeros),
  }
}

describe.skipIf(!hasAddon)('fused kernels', () => {
  beforeEach(() => useNative())

  it.each([
    [1, 1],
    [3, 6],
    [2, 16],
    [5, 37],
  ])('rmsNorm of %i × %i and its gradient', (rows, width) => {
    const [x, gain] = [input(1, rows, width), gainOf(2, width)]
    const op = (a: Tensor, b: Tensor): Tensor => rmsNorm(a as Tensor2D, b as Tensor1D, { epsilon })
    expectClose(
      op(matrix(x.values, rows), vector(gain.values)).dataSync(),
      rmsNormReference(x.values, gain.values, epsilon),
      1e-6,
    )
    expectGradients({ inputs: [x, gain], op, reference: (a, b) => rmsNormReference(a, b, epsilon) })
  })

  it.each([
    [1, 2, 2],
    [3, 2, 6],
    [2, 1, 32],
    [4, 3, 34],
  ])(
    'rotary of %i rows, %i heads of %i, with and without norm, and its gradient',
    (rows, heads, headDim) => {
      const x = input(3, rows, heads * headDim)
      const gain = gainOf(4, headDim)
      const positions = Int32Array.from({ length: rows }, (_, i) => [0, 7, 70_001, 300][i])
      const options = {
        headDim,
        epsilon,
        inverseFrequencies: Float32Array.from(
          { length: headDim / 2 },
          (_, i) => 100 ** (-i / headDim),
        ),
      }
      const reference = (a: Float64Array, b?: Float64Array): Float64Array =>
        rotaryReference(a, positions, b, headDim, epsilon, options.inverseFrequencies)
      expectClose(
        rotary(matrix(x.values, rows), integers(positions), undefined, options).dataSync(),
        reference(x.values),
        1e-6,
      )
      expectGradients(
        {
          inputs: [x, gain],
          op: (a, b) => rotary(a as Tensor2D, integers(positions), b as Tensor1D, options),
          reference,
        },
        3e-5,
      )
      expectGradients({
        inputs: [x],
        op: (a) => rotary(a as Tensor2D, integers(positions), undefined, options),
        reference,
      })
    },
  )

  it.each([
    [1, 1],
    [2, 19],
  ])('swiglu of %i × %i and its gradient', (rows, width) =>
    expectGradients({
      inputs: [input(5, rows, width), input(6, rows, width)],
      op: (a, b) => swiglu(a as Tensor2D, b as Tensor2D),
      reference: swigluReference,
    }),
  )

  it('swiglu at the ends of the range', () => {
    expectClose(
      swiglu(tf.tensor2d([[-200, -90, 0, 90, 200]]), tf.tensor2d([[1, 1, 1, 1, 1]])).dataSync(),
      [0, 0, 0, 90, 200],
      1e-7,
    )
  })

  it.each([
    [1, 6, 1, 1, 2, 5, false, false],
    [5, 16, 4, 2, 16, 7, true, true],
    [56, 20, 2, 1, 6, 33, true, false],
    [57, 32, 3, 3, 20, 64, false, true],
    [170, 48, 2, 2, 32, 100, true, true],
    [130, 300, 4, 2, 64, 310, true, false],
  ])(
    'a block before and after its attention, and its gradients: %i rows of %i, %i heads over %i of %i, hidden %i, head norms %s, biases %s',
    (rows, width, heads, keyValueHeads, headDim, hidden, headNorms, biased) => {
      const sizes = { rows, width, heads, keyValueHeads, headDim, hidden, headNorms, biased }
      for (const rank of [0, 3]) {
        expectQkvProjection({ ...sizes, rank }, 2e-5)
        expectOutputAndMlp({ ...sizes, rank }, 2e-5)
      }
    },
  )

  it('adds embedding gradients row by row', () => {
    const ids = seededIds(7, 60, 9)
    const dy = input(8, 60, 5)
    const expected = new Float64Array(9 * 5)
    ids.forEach((id, n) => {
      for (let i = 0; i < 5; i++) expected[id * 5 + i] += dy.values[n * 5 + i]
    })
    expectClose(
      embeddingGradient(matrix(dy.values, 60), integers(ids), 9).dataSync(),
      expected,
      1e-6,
    )
    expectClose(
      embedding(matrix(dy.values, 60), integers([59, 0, 0])).dataSync(),
      [...dy.values.subarray(295), ...dy.values.subarray(0, 5), ...dy.values.subarray(0, 5)],
      0,
    )
    expect(embeddingGradient(tf.tensor2d([], [0, 3]), integers([]), 2).arraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
  })

  it.each<[MomentStorage, boolean]>([
    ['float32', false],
    ['float32', true],
    ['bf16', true],
    ['8bit', false],
  ])(
    'takes AdamW steps like the composition: moments in %s, split %s',
    async (storage, isSplitUp) => {
      const options = {
        learningRate: 0.01,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weightDecay: 0.1,
        gradientScale: 0.5,
        roundingSeed: 7,
      }
      // Rows of odd length are padded where they are bf16; the last block is not full.
      const [rows, columns] = [40, 17]
      const size = rows * columns
      const train = async (fused: boolean): Promise<number[]> => {
        if (fused) await useNative()
        else await tf.setBackend('cpu')
        const start = matrix(seededValues(1, size), rows)
        const parameter = isSplitUp ? toSplit(start) : tf.variable(start)
        const state = {
          parameter,
          first: zeroMoment([rows, columns], storage),
          second: zeroMoment([rows, columns], storage),
        }
        for (let step = 1; step <= 5; step++) {
          const gradient = matrix(seededValues(step + 1, size), rows)
          if (fused) adamW(state, gradient, { ...options, step })
          else tf.tidy(() => adamWComposition(state, gradient, { ...options, step }))
        }
        return [...('low' in parameter ? fromSplit(parameter) : parameter).dataSync()]
      }
      const [expected, found] = [await train(false), await train(true)]
      // A number on the edge between two levels may be rounded to the other one.
      const far = found.filter((value, i) => Math.abs(value - expected[i]) > 1e-6)
      expect(far.length).toBeLessThanOrEqual(storage === 'float32' ? 0 : size / 100)
      expectClose(found, expected, 0.01)
    },
  )
})

const shape = { heads: 4, keyValueHeads: 2, headDim: 6, scale: 0.4 }

const layouts: Record<string, PackedLayout> = {
  'one row': packedLayout([1]),
  'several lengths, one empty': packedLayout([3, 0, 1, 4]),
  'a chain of prefixes beside a stranger': {
    starts: Int32Array.of(0, 2, 5, 5, 6, 8, 9),
    prefix: Int32Array.of(-1, 0, 0, -1, 1, 4),
  },
}

function visibleRows({ starts, prefix }: PackedLayout): number[][] {
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => from + i)
  const chain = (s: number): number[] =>
    s < 0 ? [] : [...chain(prefix[s]), ...range(starts[s], starts[s + 1])]
  return [...prefix.keys()].flatMap((s) =>
    range(starts[s], starts[s + 1]).map((row) => [
      ...chain(prefix[s]),
      ...range(starts[s], row + 1),
    ]),
  )
}

describe.skipIf(!hasAddon)('fused attention', () => {
  beforeEach(() => useNative())

  it.each(Object.entries(layouts))('and its gradient over %s', (_, layout) => {
    const rows = layout.starts[layout.prefix.length]
    const inputs = [input(11, rows, 24), input(12, rows, 12), input(13, rows, 12)]
    expectGradients({
      inputs,
      op: (q, k, v) =>
        packedAttention(q as Tensor2D, k as Tensor2D, v as Tensor2D, { ...shape, ...layout }).out,
      reference: (q, k, v) => attentionReference(q, k, v, visibleRows(layout), shape),
    })
  })

  it('of several blocks is that of backend cpu, gradients too', async () => {
    const layout = {
      starts: Int32Array.of(0, 150, 151, 200, 330, 342),
      prefix: Int32Array.of(-1, 0, 0, -1, 3),
    }
    const run = (): number[][] =>
      tf.tidy(() => {
        const [q, k, v, dOut] = [
          [21, 24],
          [22, 12],
          [23, 12],
          [24, 24],
        ].map(([seed, width]) => matrix(seededValues(seed, 342 * width), 342))
        const gradients = tf.grads(
          (a, b, c) =>
            packedAttention(a as Tensor2D, b as Tensor2D, c as Tensor2D, {
              ...shape,
              scale: 2,
              ...layout,
            }).out,
        )([q, k, v], dOut)
        const { out, logsumexp } = packedAttention(q, k, v, { ...shape, scale: 2, ...layout })
        return [out, logsumexp, ...gradients].map((tensor) => [...tensor.dataSync()])
      })
    const found = run()
    await tf.setBackend('cpu')
    run().forEach((expected, i) => expectClose(found[i], expected, 1e-5))
  })

  it('accepts no rows', () => {
    const none = (width: number): Tensor2D => tf.tensor2d([], [0, width])
    const { out, logsumexp } = packedAttention(none(24), none(12), none(12), {
      ...shape,
      ...packedLayout([]),
    })
    expect([out.shape, logsumexp.shape]).toEqual([
      [0, 24],
      [0, 4],
    ])
  })

  it('writes rows into pages', () => {
    const caches = cachesOf(2, 3, 2)
    writeCache(
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor2d([
        [5, 6],
        [7, 8],
      ]),
      caches,
      { sources: Int32Array.of(1, 0), pages: Int32Array.of(0, 4), rows: Int32Array.of(2, 63) },
    )
    const rows = { pages: Int32Array.of(0, 4), tableStarts: Int32Array.of(0, 1, 2) }
    const keys = rowsInCache(caches.keys, rows, 64, 2).arraySync() as number[][][]
    const values = rowsInCache(caches.values, rows, 64, 2).arraySync() as number[][][]
    expect([keys[0][2], keys[1][63], values[0][2], values[1][63]]).toEqual([
      [3, 4],
      [1, 2],
      [7, 8],
      [5, 6],
    ])
    expect([...keys, ...values].flat(2).filter((x) => x !== 0).length).toBe(8)
  })

  it('appends to caches while decoding', () => {
    const caches = cachesOf(2, 1, 12)
    const table = { pages: Int32Array.of(1), tableStarts: Int32Array.of(0, 1) }
    const out = decodeAttention(
      tf.ones([1, 24]),
      tf.fill([1, 12], 2),
      tf.fill([1, 12], 3),
      caches,
      {
        ...shape,
        ...table,
        lengths: Int32Array.of(0),
      },
    )
    expectClose(out.dataSync(), new Float32Array(24).fill(3), 1e-7)
    const rowsOf = (slabs: readonly Variable[]): unknown =>
      rowsInCache(slabs, { ...table, pages: Int32Array.of(1) }, 2, 12).arraySync()
    expect(rowsOf(caches.keys)).toEqual([[2, 0].map((value) => new Array(12).fill(value))])
    expect(rowsOf(caches.values)).toEqual([[3, 0].map((value) => new Array(12).fill(value))])
    expect(caches.keys[0].dataSync().every((x) => x === 0)).toBe(true)
  })
})

describe.skipIf(!hasAddon)('fused head', () => {
  beforeEach(() => useNative())
  const [rows, width, vocabulary] = [3, 5, 23]
  const targets = Int32Array.of(0, 22, 7)
  const temperatures = Float32Array.of(1, 0.7, 2.5)

  it.each([0, 1] as const)(
    'tokenLogProbability and its gradient, output %i of log-probability and entropy',
    (output) => {
      expectGradients(
        {
          inputs: [input(31, rows, width), input(32, vocabulary, width)],
          op: (hidden, weight) => {
            const { logprobs, entropy } = tokenLogProbability(
              hidden as Tensor2D,
              weight as Tensor2D,
              integers(targets),
              { temperatures, entropy: true },
            )
            return output === 0 ? logprobs : entropy
          },
          reference: (hidden, weight) =>
            Float64Array.from(
              tokenReference(hidden, weight, targets, temperatures),
              (pair) => pair[output],
            ),
        },
        3e-5,
      )
    },
  )

  it('of several vocabulary blocks is the float64 reference', () => {
    const many = 1300
    const [hidden, weight] = [
      seededValues(33, 40 * 19).map((v) => v * 6),
      seededValues(34, many * 19),
    ]
    const [ids, options] = [
      seededIds(35, 40, many),
      { temperatures: Float32Array.from({ length: 40 }, (_, i) => 0.5 + i / 20), entropy: true },
    ]
    const { logprobs, logsumexp, entropy } = tokenLogProbability(
      matrix(hidden.map(Math.fround), 40),
      matrix(weight, many),
      integers(ids),
      options,
    )
    const expected = tokenReference(hidden.map(Math.fround), weight, ids, options.temperatures)
    expectClose(
      logprobs.dataSync(),
      expected.map(([logprob]) => logprob),
      1e-6,
    )
    expectClose(
      entropy.dataSync(),
      expected.map((pair) => pair[1]),
      2e-6,
    )
    expect(logsumexp.shape).toEqual([40])
  })

  it('draws what the composition draws', async () => {
    const draws = 200
    const options = {
      temperatures: Float32Array.from({ length: draws }, (_, i) => [0, 0.5, 1, 2][i % 4]),
      uniforms: Float64Array.from({ length: draws }, (_, i) => (i * 0.618033988749) % 1),
      topK: Int32Array.from({ length: draws }, (_, i) => [0, 0, 3, 40, 5000][i % 5]),
      topP: Float32Array.from({ length: draws }, (_, i) => [1, 0.9, 0.3][i % 3]),
    }
    const [hidden, weight] = [
      matrix(
        seededValues(41, draws * 8).map((v) => v * 3),
        draws,
      ),
      matrix(seededValues(42, 150 * 8), 150),
    ]
    const found = sampleToken(hidden, weight, options)
    const [ids, logprobs] = [found.ids.dataSync(), found.logprobs.dataSync()]
    await tf.setBackend('cpu')
    const [expectedIds, expectedLogprobs] = sampleTokenComposition(
      tf.clone(hidden),
      tf.clone(weight),
      options,
    ).map((tensor) => tensor.dataSync())
    expect([...ids]).toEqual([...expectedIds])
    expectClose(logprobs, expectedLogprobs, 1e-6)
  })

  it('draws every token as often as its probability says', () => {
    const draws = 4000
    const hidden = tf.tile(tf.tensor2d([[1]]), [draws, 1]) as Tensor2D
    const weight = tf.tensor2d([[0], [Math.log(2)], [Math.log(5)], [-Infinity]])
    const all = <T>(array: T & { fill: (value: number) => T }, value: number): T =>
      array.fill(value)
    const { ids } = sampleToken(hidden, weight, {
      temperatures: all(new Float32Array(draws), 1),
      uniforms: Float64Array.from({ length: draws }, (_, i) => i / draws),
      topK: new Int32Array(draws),
      topP: all(new Float32Array(draws), 1),
    })
    const counts = [0, 0, 0, 0]
    for (const id of ids.dataSync()) counts[id]++
    expect(counts).toEqual([500, 1000, 2500, 0])
  })

  it('names a row whose logits are not finite, and an id that is out of range', () => {
    const options = {
      temperatures: Float32Array.of(1, 1),
      uniforms: Float64Array.of(0, 0),
      topK: new Int32Array(2),
      topP: Float32Array.of(1, 1),
    }
    expect(() => sampleToken(tf.tensor2d([[1], [NaN]]), tf.tensor2d([[1], [2]]), options)).toThrow(
      'row 1 are not finite',
    )
    expect(() =>
      tokenLogProbability(tf.tensor2d([[1]]), tf.tensor2d([[1], [2]]), integers([2]), {
        temperatures: Float32Array.of(1),
        entropy: false,
      }),
    ).toThrow('id 2 of row 0')
  })
})
