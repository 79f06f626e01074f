import { sum } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  adapterGradient,
  outputAndMlp,
  outputAndMlpGradient,
  qkvProjection,
  qkvProjectionGradient,
  packedAttention,
  packedAttentionGradient,
} from '@icrl/tfjs-ops'
import type { DecoderBlockShape, PackedLayout } from '@icrl/tfjs-ops'
import { adapterNames } from './adapter.ts'
import type { LinearWeights, NamedBlockWeights } from './decoder-weights.ts'
import type { GradientSum } from './gradient-sum.ts'

/** Rows of several sequences, one below another. */
export interface PackedRows {
  /** int32 `[N]` place of each row in its sequence. */
  readonly positions: Tensor1D
  /** Which rows belong to which sequence. */
  readonly layout: PackedLayout
}

/**
 * What a block keeps of its forward pass for the backward pass; the rest is computed again there,
 * with the same bits. Per row and block, in floats, for width D, H query and K key heads of
 * dimension d, feed-forward width F:
 * `all`: 2D + 3Hd + 3Kd + H + 2F;
 * `attention`: D + Hd + H, the input and the attention's result;
 * `inputs`: D, the input alone.
 */
export type KeepActivations = 'all' | 'attention' | 'inputs'

/**
 * What a block kept. What each tensor is, only `blockForward` and `blockBackward` know.
 */
export type BlockActivations = readonly Tensor2D[]

/** A block's result. */
export interface BlockPass {
  /** `[N][D]` */
  readonly output: Tensor2D
  /** `[N][K·d]` rotated keys, and values: what a cache takes. */
  readonly key: Tensor2D
  readonly value: Tensor2D
  readonly kept: BlockActivations
}

/** One block over packed rows. Call within `tidy`. */
export function blockForward(
  input: Tensor2D,
  rows: PackedRows,
  weights: NamedBlockWeights,
  shape: DecoderBlockShape,
  keep: KeepActivations,
): BlockPass {
  const projected = qkvProjection(input, rows.positions, weights, shape)
  const attention = attend(projected, rows, shape)
  const { output, ...gated } = outputAndMlp(attention.attended, input, weights, shape)
  const { rotatedKey: key, value } = projected
  return { output, key, value, kept: kept({ input, ...attention, ...projected, ...gated }, keep) }
}

type Projected = ReturnType<typeof qkvProjection>
type Attention = { readonly attended: Tensor2D; readonly logsumexp: Tensor2D }
type Gated = Omit<ReturnType<typeof outputAndMlp>, 'output'>
type Everything = { readonly input: Tensor2D } & Attention & Projected & Gated

const BY_ATTENTION = ['input', 'attended', 'logsumexp'] as const
const BY_ALL = [
  ...BY_ATTENTION,
  'query',
  'key',
  'value',
  'rotatedQuery',
  'rotatedKey',
  'middle',
  'gate',
  'up',
] as const
const KEPT: Readonly<Record<KeepActivations, readonly (keyof Everything)[]>> = {
  inputs: ['input'],
  attention: BY_ATTENTION,
  all: BY_ALL,
}

function kept(everything: Everything, keep: KeepActivations): BlockActivations {
  return KEPT[keep].map((name) => everything[name])
}

/** Everything that was kept, and what was not, computed again. */
function restored(
  activations: BlockActivations,
  rows: PackedRows,
  weights: NamedBlockWeights,
  shape: DecoderBlockShape,
): Everything {
  if (activations.length === BY_ALL.length) return named(activations)
  const [input] = activations
  const projected = qkvProjection(input, rows.positions, weights, shape)
  const attention =
    activations.length === BY_ATTENTION.length
      ? { attended: activations[1], logsumexp: activations[2] }
      : attend(projected, rows, shape)
  const { output, ...gated } = outputAndMlp(attention.attended, input, weights, shape)
  output.dispose()
  return { input, ...projected, ...attention, ...gated }
}

function named(activations: BlockActivations): Everything {
  const all: Record<string, Tensor2D> = {}
  BY_ALL.forEach((name, i) => (all[name] = activations[i]))
  return all as Record<keyof Everything, Tensor2D>
}

function attend(
  { rotatedQuery, rotatedKey, value }: Projected,
  { layout }: PackedRows,
  shape: DecoderBlockShape,
): Attention {
  const { out, logsumexp } = packedAttention(rotatedQuery, rotatedKey, value, {
    ...shape,
    ...layout,
  })
  return { attended: out, logsumexp }
}

/**
 * The vector–Jacobian product of `blockForward`: adds the gradients of the weights that learn to
 * the sum, returns the input's. Call within `tidy`.
 */
export function blockBackward(
  doutput: Tensor2D,
  activations: BlockActivations,
  rows: PackedRows,
  weights: NamedBlockWeights,
  shape: DecoderBlockShape,
  gradients: GradientSum,
): Tensor2D {
  const forward = restored(activations, rows, weights, shape)
  const after = outputAndMlpGradient(doutput, forward, weights, shape)
  addLinear(gradients, weights.down, doutput, after.activated)
  addLinear(gradients, weights.gate, after.dgate, after.normed)
  addLinear(gradients, weights.up, after.dup, after.normed)
  gradients.add(`${weights.name}.post_attention_layernorm.weight`, after.dfeedForwardNorm)
  addLinear(gradients, weights.output, after.dmiddle, forward.attended)
  const { dq, dk, dv } = attentionBackward(after.dattended, forward, rows, shape)
  const before = qkvProjectionGradient(
    { drotatedQuery: dq, drotatedKey: dk, dvalue: dv, dresidual: after.dmiddle },
    { x: forward.input, query: forward.query, key: forward.key },
    rows.positions,
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

function attentionBackward(
  dattended: Tensor2D,
  { rotatedQuery: q, rotatedKey: k, value: v, attended: out, logsumexp }: Everything,
  { layout }: PackedRows,
  shape: DecoderBlockShape,
): ReturnType<typeof packedAttentionGradient> {
  return packedAttentionGradient(dattended, { q, k, v, out, logsumexp }, { ...shape, ...layout })
}

function addLinear(
  gradients: GradientSum,
  { name, bias, adapter }: LinearWeights,
  dy: Tensor2D,
  x: Tensor2D,
): void {
  gradients.addProduct(`${name}.weight`, dy, x)
  const biasName = `${name}.bias`
  if (bias !== undefined && gradients.learns(biasName))
    gradients.add(biasName, sum(dy, 0) as Tensor1D)
  const { a, b } = adapterNames(name)
  if (adapter === undefined || !(gradients.learns(a) || gradients.learns(b))) return
  const { inner, dinner } = adapterGradient(dy, x, adapter)
  gradients.addProduct(a, dinner, x)
  gradients.addProduct(b, dy, inner)
}
