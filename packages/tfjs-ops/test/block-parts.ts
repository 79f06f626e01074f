import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { add, grads, matMul, mul, sum } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import {
  outputAndMlp,
  outputAndMlpComposition,
  outputAndMlpGradient,
} from '../src/output-and-mlp.ts'
import {
  qkvProjection,
  qkvProjectionComposition,
  qkvProjectionGradient,
} from '../src/qkv-projection.ts'
import type { BlockWeights } from '../src/block-weights.ts'
import { toBf16 } from '../src/bf16-matrix.ts'
import type { LinearLayer } from '../src/linear.ts'
import { expectClose } from './expect-close.ts'
import { integers, matrix, vector } from './matrix.ts'
import { seededValues } from './seeded-values.ts'

/** Sizes of a decoder block. */
export interface BlockSizes {
  rows: number
  width: number
  heads: number
  keyValueHeads: number
  headDim: number
  hidden: number
  headNorms: boolean
  biased: boolean
  /** Of an adapter of every layer; default: none. */
  rank?: number
  /** Whether the matrices are kept as bf16; default: no. */
  stored?: boolean
}

/** A small block with norms of heads and biases. */
export const SMALL_BLOCK: BlockSizes = {
  rows: 5,
  width: 6,
  heads: 4,
  keyValueHeads: 2,
  headDim: 4,
  hidden: 7,
  headNorms: true,
  biased: true,
}

/** A block's weights and inputs, seeded. */
export function blockCase({
  rows,
  width,
  heads,
  keyValueHeads,
  headDim,
  hidden,
  headNorms,
  biased,
  rank,
  stored = false,
}: BlockSizes): {
  weights: BlockWeights
  x: Tensor2D
  attended: Tensor2D
  positions: Tensor1D
  shape: {
    heads: number
    keyValueHeads: number
    headDim: number
    scale: number
    epsilon: number
    inverseFrequencies: Float32Array
  }
} {
  let seed = 1
  const scaled = (out: number, into: number): Tensor2D =>
    matrix(
      seededValues(seed++, out * into).map((value) => value / Math.sqrt(into)),
      out,
    )
  const linear = (out: number, into: number, bias: boolean): LinearLayer => {
    const weight = scaled(out, into)
    return {
      weight: stored ? toBf16(weight) : weight,
      ...(bias ? { bias: vector(seededValues(seed++, out)) } : {}),
      ...(rank ? { adapter: { a: scaled(rank, into), b: scaled(out, rank), scale: 0.7 } } : {}),
    }
  }
  const gain = (size: number): Tensor1D =>
    vector(seededValues(seed++, size).map((value) => 1 + value / 4))
  const [queries, keys] = [heads * headDim, keyValueHeads * headDim]
  return {
    weights: {
      attentionNorm: gain(width),
      feedForwardNorm: gain(width),
      query: linear(queries, width, biased),
      key: linear(keys, width, biased),
      value: linear(keys, width, biased),
      output: linear(width, queries, biased),
      gate: linear(hidden, width, false),
      up: linear(hidden, width, false),
      down: linear(width, hidden, false),
      ...(headNorms ? { queryNorm: gain(headDim), keyNorm: gain(headDim) } : {}),
    },
    x: matrix(seededValues(seed++, rows * width), rows),
    attended: matrix(seededValues(seed++, rows * queries), rows),
    positions: integers(Array.from({ length: rows }, (_, i) => (i * 7) % 90)),
    shape: {
      heads,
      keyValueHeads,
      headDim,
      scale: 1,
      epsilon: 1e-5,
      inverseFrequencies: Float32Array.from(
        { length: headDim / 2 },
        (_, i) => 100 ** (-i / headDim),
      ),
    },
  }
}

const along = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.map(({ shape, size }, i) => matrix(seededValues(50 + i, size), shape[0]))
const dot = (outputs: readonly Tensor[], slopes: readonly Tensor[]): Tensor =>
  outputs.map((output, i) => sum(mul(output, slopes[i]))).reduce((a, b) => add(a, b))
const values = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>()

function expectAll(
  found: Record<string, Tensor>,
  expected: Record<string, Tensor>,
  tolerance: number,
): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected))
  for (const [name, tensor] of Object.entries(expected)) {
    expect(found[name].shape, name).toEqual(tensor.shape)
    expectClose(values(found[name]), values(tensor), tolerance)
  }
}

/** `qkvProjection` is its composition, and its gradient what the tape finds in that. */
export function expectQkvProjection(sizes: BlockSizes, tolerance: number): void {
  const { weights, x, positions, shape } = blockCase(sizes)
  const forward = qkvProjection(x, positions, weights, shape)
  expectAll(
    { ...forward },
    { ...qkvProjectionComposition(x, positions, weights, shape) },
    tolerance,
  )
  const [drotatedQuery, drotatedKey, dvalue, dresidual] = along([
    forward.rotatedQuery,
    forward.rotatedKey,
    forward.value,
    x,
  ]) as Tensor2D[]
  const { queryNorm, keyNorm } = weights
  const inputs = [
    x,
    weights.attentionNorm,
    ...[weights.query, weights.key, weights.value].map(({ weight }) => weight as Tensor2D),
    ...(queryNorm && keyNorm ? [queryNorm, keyNorm] : []),
  ]
  const tape = grads((...[x, attentionNorm, query, key, value, ...norms]: Tensor[]) => {
    const changed = {
      ...weights,
      attentionNorm: attentionNorm as Tensor1D,
      ...named({ query, key, value }, weights),
      ...(norms.length > 0
        ? { queryNorm: norms[0] as Tensor1D, keyNorm: norms[1] as Tensor1D }
        : {}),
    }
    const outputs = qkvProjectionComposition(x as Tensor2D, positions, changed, shape)
    return dot(
      [outputs.rotatedQuery, outputs.rotatedKey, outputs.value, x],
      [drotatedQuery, drotatedKey, dvalue, dresidual],
    )
  })(inputs)
  const { dx, normed, dquery, dkey, dattentionNorm, dqueryNorm, dkeyNorm } = qkvProjectionGradient(
    { drotatedQuery, drotatedKey, dvalue, dresidual },
    { x, query: forward.query, key: forward.key },
    positions,
    weights,
    shape,
  )
  const found: Tensor[] = [
    dx,
    dattentionNorm,
    ...[dquery, dkey, dvalue].map((dy) => matMul(dy, normed, true, false)),
    ...(dqueryNorm && dkeyNorm ? [dqueryNorm, dkeyNorm] : []),
  ]
  expectAll(Object.fromEntries(found.entries()), Object.fromEntries(tape.entries()), tolerance)
}

/** `outputAndMlp` is its composition, and its gradient what the tape finds in that. */
export function expectOutputAndMlp(sizes: BlockSizes, tolerance: number): void {
  const { weights, x, attended, shape } = blockCase(sizes)
  const forward = outputAndMlp(attended, x, weights, shape)
  expectAll({ ...forward }, { ...outputAndMlpComposition(attended, x, weights, shape) }, tolerance)
  const [doutput] = along([x]) as Tensor2D[]
  const inputs = [
    attended,
    x,
    weights.feedForwardNorm,
    ...[weights.output, weights.gate, weights.up, weights.down].map(
      ({ weight }) => weight as Tensor2D,
    ),
  ]
  const tape = grads((...[attended, x, feedForwardNorm, output, gate, up, down]: Tensor[]) => {
    const changed = {
      ...weights,
      feedForwardNorm: feedForwardNorm as Tensor1D,
      ...named({ output, gate, up, down }, weights),
    }
    return dot(
      [outputAndMlpComposition(attended as Tensor2D, x as Tensor2D, changed, shape).output],
      [doutput],
    )
  })(inputs)
  const { dmiddle, dattended, activated, normed, dgate, dup, dfeedForwardNorm } =
    outputAndMlpGradient(doutput, forward, weights, shape)
  const products = (
    [
      [dmiddle, attended],
      [dgate, normed],
      [dup, normed],
      [doutput, activated],
    ] as const
  ).map(([dy, from]) => matMul(dy, from, true, false))
  expectAll(
    Object.fromEntries([dattended, dmiddle, dfeedForwardNorm, ...products].entries()),
    Object.fromEntries(tape.entries()),
    tolerance,
  )
}

/** These matrices as layers, with the biases that the block has. */
function named<Name extends 'query' | 'key' | 'value' | 'output' | 'gate' | 'up' | 'down'>(
  matrices: Record<Name, Tensor>,
  weights: BlockWeights,
): Record<Name, LinearLayer> {
  return Object.fromEntries(
    Object.entries<Tensor>(matrices).map(([name, weight]) => [
      name,
      { ...weights[name as Name], weight: weight as Tensor2D },
    ]),
  ) as Record<Name, LinearLayer>
}
