import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  adamW,
  addEmbeddingGradient,
  addWeightGradient,
  outputAndMlp,
  outputAndMlpGradient,
  qkvProjection,
  qkvProjectionGradient,
  decodeAttention,
  embedding,
  embeddingGradient,
  joinTables,
  linearProduct,
  packedAttention,
  rmsNorm,
  rotary,
  sampleToken,
  swiglu,
  tokenLogProbability,
  toBf16,
  toSplit,
  zeroMoment,
} from '@icrl/tfjs-ops'
import type {
  AttentionShape,
  BlockCaches,
  BlockWeights,
  DecodedTokens,
  DecodeModel,
  DecodeSequences,
  DecodeTokensOptions,
  Moment,
  PackedLayout,
  PageTables,
  RotaryOptions,
} from '@icrl/tfjs-ops'
import { blockCase } from '../../tfjs-ops/test/block-parts.ts'
import {
  emptyCaches,
  rowsInCache,
  scatteredTables,
  writeRows,
} from '../../tfjs-ops/test/paged-caches.ts'

/** Values that are not round in binary, the same for every run. */
export const noise = (shape: number[], seed: number, scale = 1): Tensor =>
  tf.mul(tf.randomUniform(shape, -1, 1, 'float32', seed), scale)
export const rows2d = (rows: number, width: number, seed: number, scale = 1): Tensor2D =>
  noise([rows, width], seed, scale) as Tensor2D
export const bits = (tensor: Tensor): number[] => {
  const values = tensor.dataSync()
  return values instanceof Float32Array ? [...new Int32Array(values.buffer)] : [...values]
}
export const idsOf = (count: number, below: number): Tensor1D =>
  tf.tensor1d(
    Int32Array.from({ length: count }, (_, i) => (i * 37 + 11) % below),
    'int32',
  )

export const attention: AttentionShape = { heads: 6, keyValueHeads: 2, headDim: 20, scale: 0.3 }
export const rotaryOptions: RotaryOptions = {
  headDim: 20,
  epsilon: 1e-6,
  inverseFrequencies: Float32Array.from({ length: 10 }, (_, i) => 1000 ** (-i / 10)),
}
export const chained: PackedLayout = {
  starts: Int32Array.of(0, 90, 131, 140, 275, 276),
  prefix: Int32Array.of(-1, 0, 0, -1, 1),
}

const tensorsOf = ({ numbers, scales }: Moment): Tensor[] =>
  scales === undefined ? [numbers] : [numbers, scales]

const adamWOptions = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  gradientScale: 0.5,
  roundingSeed: 7,
}

/** Everything this package computes, once, by name: for tests of bits. */
export const everything: Record<string, () => Tensor[]> = {
  matMul: () =>
    [
      [70, 45, 33],
      [1, 300, 520],
      [29, 16, 700],
      [130, 257, 31],
      [15, 33, 1025],
      [31, 64, 1500],
      [150, 100, 1030],
    ].flatMap(([m, n, k]) => [
      tf.matMul(noise([m, k], 1), noise([k, n], 2)),
      tf.matMul(noise([m, k], 1), noise([n, k], 2), false, true),
      tf.matMul(noise([k, m], 1), noise([k, n], 2), true, false),
    ]),
  unary: () =>
    [
      tf.exp,
      tf.log,
      tf.sqrt,
      tf.rsqrt,
      tf.square,
      tf.abs,
      tf.relu,
      tf.sigmoid,
      tf.reciprocal,
      tf.neg,
    ].map((op) => op(noise([3, 4099], 3, 40))),
  'exp and log over their whole range': () => [
    tf.exp(tf.linspace(-110, 95, 30_011)),
    tf.log(tf.exp(tf.linspace(-103, 88, 30_011))),
  ],
  binary: () =>
    [tf.add, tf.sub, tf.mul, tf.div, tf.maximum, tf.minimum, tf.squaredDifference].flatMap((op) => [
      op(noise([67, 53], 4), noise([53], 5)),
      op(noise([67, 53], 4), noise([67, 1], 5)),
      op(noise([3571], 4), noise([3571], 5)),
    ]),
  comparisons: () =>
    [tf.less, tf.lessEqual, tf.greater, tf.greaterEqual, tf.equal, tf.notEqual].map((op) =>
      tf.cast(op(noise([67, 53], 4), noise([53], 5)), 'float32'),
    ),
  reductions: () =>
    [tf.sum, tf.mean, tf.max, tf.min].flatMap((op) => [
      op(noise([40, 333], 6), 1),
      op(noise([333, 40], 6), 0),
      op(noise([9, 70, 21], 6), 1),
      op(noise([10_001], 6)),
    ]),
  softmax: () => [tf.softmax(noise([31, 77], 7, 9)), tf.logSoftmax(noise([31, 77], 7, 9))],
  rmsNorm: () =>
    withGradients(
      (x, gain) => rmsNorm(x as Tensor2D, gain as Tensor1D, { epsilon: 1e-6 }),
      [noise([83, 120], 8), noise([120], 9)],
    ),
  rotary: () =>
    withGradients(
      (x, gain) => rotary(x as Tensor2D, idsOf(83, 600), gain as Tensor1D, rotaryOptions),
      [noise([83, 120], 10), noise([20], 11)],
    ),
  'a block before and after its attention': () => {
    const { weights, x, attended, positions, shape } = blockCase({
      rows: 131,
      width: 70,
      heads: 6,
      keyValueHeads: 2,
      headDim: 20,
      hidden: 101,
      headNorms: true,
      biased: true,
    })
    const before = qkvProjection(x, positions, weights, shape)
    const slopes = {
      drotatedQuery: before.rotatedQuery,
      drotatedKey: before.rotatedKey,
      dvalue: before.value,
      dresidual: x,
    }
    const after = outputAndMlp(attended, x, weights, shape)
    const gradients = [
      qkvProjectionGradient(slopes, { x, ...before }, positions, weights, shape),
      outputAndMlpGradient(x, after, weights, shape),
    ]
    return [before, after, ...gradients].flatMap((part) => Object.values(part) as Tensor[])
  },
  swiglu: () =>
    withGradients(
      (a, b) => swiglu(a as Tensor2D, b as Tensor2D),
      [noise([37, 61], 12, 6), noise([37, 61], 13)],
    ),
  packedAttention: () => {
    const inputs = [noise([276, 120], 14, 2), noise([276, 40], 15, 2), noise([276, 40], 16)]
    const forward = (q: Tensor, k: Tensor, v: Tensor): Record<'out' | 'logsumexp', Tensor2D> =>
      packedAttention(q as Tensor2D, k as Tensor2D, v as Tensor2D, { ...attention, ...chained })
    return [
      ...withGradients((q, k, v) => forward(q, k, v).out, inputs),
      forward(inputs[0], inputs[1], inputs[2]).logsumexp,
    ]
  },
  decodeAttention: () => {
    const { caches, tables } = filledCaches(5, 17, 18)
    const options = {
      ...attention,
      ...joinTables([4, 0, 2, 1].map((n) => tables.pages.subarray(3 * n, 3 * n + 3))),
      lengths: Int32Array.of(139, 0, 63, 64),
    }
    return [
      decodeAttention(rows2d(4, 120, 19), rows2d(4, 40, 20), rows2d(4, 40, 21), caches, options),
      rowsInCache(caches.keys, tables, 140, 40),
      rowsInCache(caches.values, tables, 140, 40),
    ]
  },
  tokenLogProbability: () => {
    const options = {
      temperatures: Float32Array.from({ length: 71 }, (_, i) => 0.5 + i / 50),
      entropy: true,
    }
    const inputs = [noise([71, 50], 22, 3), noise([1203, 50], 23)]
    const forward = (
      hidden: Tensor,
      weight: Tensor,
    ): Record<'logprobs' | 'entropy' | 'logsumexp', Tensor> =>
      tokenLogProbability(hidden as Tensor2D, weight as Tensor2D, idsOf(71, 1203), options)
    return [
      ...withGradients((h, w) => forward(h, w).logprobs, inputs),
      ...withGradients((h, w) => forward(h, w).entropy, inputs),
      forward(inputs[0], inputs[1]).logsumexp,
    ]
  },
  sampleToken: () =>
    [
      [53, 777],
      [24, 2100],
    ].flatMap(([rows, vocabulary]) =>
      Object.values(
        sampleToken(rows2d(rows, 40, 24, 3), rows2d(vocabulary, 40, 25), samplingOptions(rows)),
      ),
    ),
  embeddingGradient: () => [embeddingGradient(rows2d(301, 37, 26), idsOf(301, 23), 23)],
  addWeightGradient: () => {
    const sum = tf.variable(rows2d(45, 33, 29))
    addWeightGradient(sum, rows2d(70, 45, 30), rows2d(70, 33, 31))
    return [sum]
  },
  addEmbeddingGradient: () => {
    const sum = tf.variable(rows2d(23, 37, 32))
    addEmbeddingGradient(sum, rows2d(301, 37, 33), idsOf(301, 23))
    return [sum]
  },
  adamW: () =>
    (['float32', 'bf16', '8bit'] as const).flatMap((storage) =>
      [false, true].flatMap((isSplit) => {
        // Rows of odd length are padded where they are bf16; the last block of moments is not full.
        const start = rows2d(40, 17, 34)
        const parameter = isSplit ? toSplit(start) : tf.variable(start)
        const state = {
          parameter,
          first: zeroMoment([40, 17], storage),
          second: zeroMoment([40, 17], storage),
        }
        for (let step = 1; step <= 3; step++)
          adamW(state, rows2d(40, 17, 34 + step), { ...adamWOptions, step })
        const parts = 'low' in parameter ? [parameter.bits, parameter.low] : [parameter]
        return [...parts, ...tensorsOf(state.first), ...tensorsOf(state.second)]
      }),
    ),
  'bf16 weights': () => [
    linearProduct(rows2d(70, 33, 27), toBf16(rows2d(45, 33, 28))),
    embedding(toBf16(rows2d(45, 33, 28)), idsOf(80, 45)),
  ],
}

/** Caches of `count` sequences with 140 rows each, in three pages, in mixed order. */
function filledCaches(
  count: number,
  keySeed: number,
  valueSeed: number,
): { caches: BlockCaches; tables: PageTables } {
  const tables = scatteredTables(new Array<number>(count).fill(140))
  const caches = emptyCaches(3 * count, attention)
  const rowsOf = (seed: number): Tensor2D => tf.reshape(noise([count, 140, 40], seed), [-1, 40])
  writeRows(rowsOf(keySeed), rowsOf(valueSeed), caches, tables, {
    starts: Array.from({ length: count }, (_, n) => 140 * n),
    lengths: new Array<number>(count).fill(140),
  })
  return { caches, tables }
}

/** How a decoder differs from the plainest. */
export interface DecoderVariant {
  scale?: number
  biased?: boolean
  headNorms?: boolean
  layers?: number
  vocabulary?: number
}

/** A decoder of width `8 · scale`. */
export function decoderOf({
  scale = 4,
  biased = false,
  headNorms = false,
  layers = 2,
  vocabulary = 301,
}: DecoderVariant): DecodeModel {
  const [width, feedForward, queries, keys] = [8 * scale, 21 * scale, 6 * 20, 2 * 20]
  let seed = 40
  const linear = (out: number, into: number): BlockWeights['query'] => ({
    weight: rows2d(out, into, seed++, into ** -0.5),
    ...(biased ? { bias: noise([out], seed++) as Tensor1D } : {}),
  })
  const block = (): BlockWeights => ({
    attentionNorm: noise([width], seed++) as Tensor1D,
    feedForwardNorm: noise([width], seed++) as Tensor1D,
    query: linear(queries, width),
    key: linear(keys, width),
    value: linear(keys, width),
    output: linear(width, queries),
    gate: linear(feedForward, width),
    up: linear(feedForward, width),
    down: linear(width, feedForward),
    ...(headNorms
      ? { queryNorm: noise([20], seed++) as Tensor1D, keyNorm: noise([20], seed++) as Tensor1D }
      : {}),
  })
  return {
    embedding: rows2d(vocabulary, width, seed++),
    blocks: Array.from({ length: layers }, block),
    norm: noise([width], seed++) as Tensor1D,
    head: { weight: rows2d(vocabulary, width, seed++) },
  }
}

/** `rows` sequences half way through their pages, of which some stop early, and caches to match. */
export function sequencesOf(
  rows: number,
  steps: number,
  { layers = 2, vocabulary = 301 }: DecoderVariant,
): { caches: BlockCaches[]; sequences: DecodeSequences; options: DecodeTokensOptions } {
  const filled = Array.from({ length: layers }, (_, i) => filledCaches(rows, 17 + i, 27 + i))
  const { pages } = filled[0].tables
  const lengths = Int32Array.from({ length: rows }, (_, i) => (i * 29) % 130)
  const { uniforms: _, ...sampling } = samplingOptions(rows)
  return {
    caches: filled.map(({ caches }) => caches),
    sequences: {
      ...sampling,
      lengths,
      ...joinTables(
        Array.from({ length: rows }, (_, i) => pages.subarray(3 * (rows - 1 - i), 3 * (rows - i))),
      ),
      newest: Int32Array.from({ length: rows }, (_, i) => (i * 37) % vocabulary),
      limits: Int32Array.from({ length: rows }, (_, i) => 1 + ((i * 3) % (steps + 2))),
      uniforms: samplingOptions(rows * steps).uniforms,
      stops: Array.from({ length: rows }, (_, i) =>
        i % 5 === 0 ? Array.from({ length: 60 }, (_, j) => j * 2) : [],
      ),
    },
    options: { ...attention, ...rotaryOptions, steps },
  }
}

/** What was drawn, a sequence at a time, as bits; behind a sequence's count nothing is promised. */
export function drawnBits({ ids, logprobs, counts }: DecodedTokens): number[][] {
  const steps = ids.length / counts.length
  return [...counts].map((count, n) => [
    ...ids.subarray(n * steps, n * steps + count),
    ...new Int32Array(logprobs.slice(n * steps, n * steps + count).buffer),
  ])
}

export function samplingOptions(rows: number): Parameters<typeof sampleToken>[2] {
  return {
    temperatures: Float32Array.from({ length: rows }, (_, i) => [1, 0.7, 0, 1.5][i % 4]),
    uniforms: Float64Array.from({ length: rows }, (_, i) => (i * 0.754877666) % 1),
    topK: Int32Array.from({ length: rows }, (_, i) => [0, 0, 50][i % 3]),
    topP: Float32Array.from({ length: rows }, (_, i) => [1, 0.8][i % 2]),
  }
}

export function withGradients(op: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): Tensor[] {
  const output = op(...inputs)
  return [output, ...tf.grads(op)(inputs, noise(output.shape, 99))]
}
