import { matMul, sum } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  outputAndMlp,
  outputAndMlpGradient,
  qkvProjection,
  qkvProjectionGradient,
  packedAttention,
  packedAttentionGradient,
} from '@icrl/tfjs-ops'
import type { DecoderBlockShape, PackedLayout } from '@icrl/tfjs-ops'
import type { LinearWeights, NamedBlockWeights } from './decoder-weights.ts'
import type { GradientSum } from './gradient-sum.ts'

/** Rows of several sequences, one below another. */
export interface PackedRows {
  /** int32 `[N]` place of each row in its sequence. */
  readonly positions: Tensor1D
  readonly layout: PackedLayout
}

/**
 * What a block's backward pass reads; norms and the feed-forward's product are recomputed from
 * these.
 */
export type BlockActivations = {
  readonly input: Tensor2D
  readonly query: Tensor2D
  readonly key: Tensor2D
  readonly value: Tensor2D
  readonly rotatedQuery: Tensor2D
  readonly rotatedKey: Tensor2D
  readonly attended: Tensor2D
  readonly logsumexp: Tensor2D
  readonly middle: Tensor2D
  readonly gate: Tensor2D
  readonly up: Tensor2D
}

/**
 * One block over packed rows: `output[N][D]` and what its backward pass needs. Call within `tidy`.
 */
export function blockForward(
  input: Tensor2D,
  { positions, layout }: PackedRows,
  weights: NamedBlockWeights,
  shape: DecoderBlockShape,
): { output: Tensor2D; activations: BlockActivations } {
  const projected = qkvProjection(input, positions, weights, shape)
  const { out: attended, logsumexp } = packedAttention(
    projected.rotatedQuery,
    projected.rotatedKey,
    projected.value,
    { ...shape, ...layout },
  )
  const { output, ...gated } = outputAndMlp(attended, input, weights, shape)
  return { output, activations: { input, ...projected, attended, logsumexp, ...gated } }
}

/**
 * The vector–Jacobian product of `blockForward`: adds the weights' gradients to the sum, returns
 * the input's. Call within `tidy`.
 */
export function blockBackward(
  doutput: Tensor2D,
  kept: BlockActivations,
  { positions, layout }: PackedRows,
  weights: NamedBlockWeights,
  shape: DecoderBlockShape,
  gradients: GradientSum,
): Tensor2D {
  const after = outputAndMlpGradient(doutput, kept, weights, shape)
  addLinear(gradients, weights.down, doutput, after.activated)
  addLinear(gradients, weights.gate, after.dgate, after.normed)
  addLinear(gradients, weights.up, after.dup, after.normed)
  gradients.add(`${weights.name}.post_attention_layernorm.weight`, after.dfeedForwardNorm)
  addLinear(gradients, weights.output, after.dmiddle, kept.attended)
  const forward = {
    q: kept.rotatedQuery,
    k: kept.rotatedKey,
    v: kept.value,
    out: kept.attended,
    logsumexp: kept.logsumexp,
  }
  const { dq, dk, dv } = packedAttentionGradient(after.dattended, forward, { ...shape, ...layout })
  const dprojected = { drotatedQuery: dq, drotatedKey: dk, dvalue: dv, dresidual: after.dmiddle }
  const before = qkvProjectionGradient(
    dprojected,
    { x: kept.input, query: kept.query, key: kept.key },
    positions,
    weights,
    shape,
  )
  addLinear(gradients, weights.query, before.dquery, before.normed)
  addLinear(gradients, weights.key, before.dkey, before.normed)
  addLinear(gradients, weights.value, dv, before.normed)
  gradients.add(`${weights.name}.input_layernorm.weight`, before.dattentionNorm)
  if (before.dqueryNorm !== undefined)
    gradients.add(`${weights.name}.self_attn.q_norm.weight`, before.dqueryNorm)
  if (before.dkeyNorm !== undefined)
    gradients.add(`${weights.name}.self_attn.k_norm.weight`, before.dkeyNorm)
  return before.dx
}

function addLinear(
  gradients: GradientSum,
  { name, bias }: LinearWeights,
  dy: Tensor2D,
  x: Tensor2D,
): void {
  gradients.add(`${name}.weight`, matMul(dy, x, true, false))
  if (bias !== undefined) gradients.add(`${name}.bias`, sum(dy, 0) as Tensor1D)
}
