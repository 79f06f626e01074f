import { add } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { packedAttention, packedAttentionGradient, rmsNorm, rmsNormGradient, rotary, rotaryGradient, swiglu, swigluGradient } from '@icrl/tfjs-ops'
import type { AttentionShape, PackedLayout, RotaryOptions } from '@icrl/tfjs-ops'
import type { BlockWeights } from './decoder-weights.ts'
import type { GradientSum } from './gradient-sum.ts'
import { linear, linearGradient } from './linear.ts'

/** What every block of a model computes with. */
export interface BlockShape {
  readonly attention: AttentionShape
  readonly rotary: RotaryOptions
}

/** Rows of several sequences, one below another. */
export interface PackedRows {
  /** int32 `[N]` place of each row in its sequence. */
  readonly positions: Tensor1D
  readonly layout: PackedLayout
}

/** Queries, keys and values before and after the rotary embedding. */
export interface Projections {
  readonly normed: Tensor2D
  readonly query: Tensor2D
  readonly key: Tensor2D
  readonly value: Tensor2D
  readonly turnedQuery: Tensor2D
  readonly turnedKey: Tensor2D
}

interface FeedForward {
  readonly normed: Tensor2D
  readonly gate: Tensor2D
  readonly up: Tensor2D
  readonly activated: Tensor2D
  readonly output: Tensor2D
}

/** What a block's backward pass reads; norms and the feed-forward's product are recomputed from these. */
export type BlockActivations = {
  readonly input: Tensor2D
  readonly query: Tensor2D
  readonly key: Tensor2D
  readonly value: Tensor2D
  readonly turnedQuery: Tensor2D
  readonly turnedKey: Tensor2D
  readonly attended: Tensor2D
  readonly logsumexp: Tensor2D
  readonly middle: Tensor2D
  readonly gate: Tensor2D
  readonly up: Tensor2D
}

/** Queries, keys and values of `input[N][D]`. */
export function project(input: Tensor2D, positions: Tensor1D, weights: BlockWeights, shape: BlockShape): Projections {
  const normed = rmsNorm(input, weights.attentionNorm, shape.rotary)
  const query = linear(normed, weights.query)
  const key = linear(normed, weights.key)
  const value = linear(normed, weights.value)
  return {
    normed,
    query,
    key,
    value,
    turnedQuery: rotary(query, positions, weights.queryNorm, shape.rotary),
    turnedKey: rotary(key, positions, weights.keyNorm, shape.rotary),
  }
}

/** The block's second half: `middle + down(silu(gate) · up)` of the attention's residual sum. */
export function feedForward(middle: Tensor2D, weights: BlockWeights, shape: BlockShape): FeedForward {
  const normed = rmsNorm(middle, weights.feedForwardNorm, shape.rotary)
  const gate = linear(normed, weights.gate)
  const up = linear(normed, weights.up)
  const activated = swiglu(gate, up)
  return { normed, gate, up, activated, output: add(middle, linear(activated, weights.down)) }
}

/** One block over packed rows: `output[N][D]` and what its backward pass needs. Call within `tidy`. */
export function blockForward(
  input: Tensor2D,
  rows: PackedRows,
  weights: BlockWeights,
  shape: BlockShape,
): { output: Tensor2D; activations: BlockActivations } {
  const { query, key, value, turnedQuery, turnedKey } = project(input, rows.positions, weights, shape)
  const { out: attended, logsumexp } = packedAttention(turnedQuery, turnedKey, value, { ...shape.attention, ...rows.layout })
  const middle: Tensor2D = add(input, linear(attended, weights.output))
  const { gate, up, output } = feedForward(middle, weights, shape)
  return { output, activations: { input, query, key, value, turnedQuery, turnedKey, attended, logsumexp, middle, gate, up } }
}

/** The vector–Jacobian product of `blockForward`: adds the weights' gradients to the sum, returns the input's. Call within `tidy`. */
export function blockBackward(
  doutput: Tensor2D,
  activations: BlockActivations,
  rows: PackedRows,
  weights: BlockWeights,
  shape: BlockShape,
  gradients: GradientSum,
): Tensor2D {
  const dmiddle = feedForwardBackward(doutput, activations, weights, shape, gradients)
  return attentionBackward(dmiddle, activations, rows, weights, shape, gradients)
}

function feedForwardBackward(doutput: Tensor2D, kept: BlockActivations, weights: BlockWeights, shape: BlockShape, gradients: GradientSum): Tensor2D {
  const normed = rmsNorm(kept.middle, weights.feedForwardNorm, shape.rotary)
  const dactivated = linearGradient(doutput, swiglu(kept.gate, kept.up), weights.down, gradients)
  const { dgate, dup } = swigluGradient(dactivated, kept.gate, kept.up)
  const dnormed: Tensor2D = add(linearGradient(dgate, normed, weights.gate, gradients), linearGradient(dup, normed, weights.up, gradients))
  const { dx, dgain } = rmsNormGradient(dnormed, kept.middle, weights.feedForwardNorm, shape.rotary)
  gradients.add(`${weights.name}.post_attention_layernorm.weight`, dgain)
  return add(doutput, dx)
}

function attentionBackward(
  dmiddle: Tensor2D,
  kept: BlockActivations,
  rows: PackedRows,
  weights: BlockWeights,
  shape: BlockShape,
  gradients: GradientSum,
): Tensor2D {
  const normed = rmsNorm(kept.input, weights.attentionNorm, shape.rotary)
  const dattended = linearGradient(dmiddle, kept.attended, weights.output, gradients)
  const forward = { q: kept.turnedQuery, k: kept.turnedKey, v: kept.value, out: kept.attended, logsumexp: kept.logsumexp }
  const { dq, dk, dv } = packedAttentionGradient(dattended, forward, { ...shape.attention, ...rows.layout })
  const query = rotaryGradient(dq, kept.query, rows.positions, weights.queryNorm, shape.rotary)
  const key = rotaryGradient(dk, kept.key, rows.positions, weights.keyNorm, shape.rotary)
  if (query.dgain !== undefined) gradients.add(`${weights.name}.self_attn.q_norm.weight`, query.dgain)
  if (key.dgain !== undefined) gradients.add(`${weights.name}.self_attn.k_norm.weight`, key.dgain)
  const fromQuery = linearGradient(query.dx, normed, weights.query, gradients)
  const fromKey = linearGradient(key.dx, normed, weights.key, gradients)
  const fromValue = linearGradient(dv, normed, weights.value, gradients)
  const dnormed: Tensor2D = add(add(fromQuery, fromKey), fromValue)
  const { dx, dgain } = rmsNormGradient(dnormed, kept.input, weights.attentionNorm, shape.rotary)
  gradients.add(`${weights.name}.input_layernorm.weight`, dgain)
  return add(dmiddle, dx)
}
