import { sum, tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import {
  adapterGradient,
  currentBackendFacts,
  inFloat32,
  outputAndMlp,
  outputAndMlpGradient,
  qkvProjection,
  qkvProjectionGradient,
  packedAttention,
  packedAttentionGradient,
  toBf16,
} from '@icrl/tfjs-ops'
import type { Bf16Matrix, DecoderBlockShape, PackedLayout } from '@icrl/tfjs-ops'
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
 * Where the backend multiplies in bf16, all but 2D + H of these (D + H; D) take two bytes.
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
  const everything = { input, ...attention, ...projected, ...gated }
  const kept = KEPT[keep].map((name) => keptForm(name, everything[name], shape))
  return { output, key, value, kept }
}

type Projected = ReturnType<typeof qkvProjection>
type Attention = { readonly attended: Tensor2D; readonly logsumexp: Tensor2D }
type Gated = Omit<ReturnType<typeof outputAndMlp>, 'output'>
type Everything = { readonly input: Tensor2D } & Attention & Projected & Gated
type Name = keyof Everything

/**
 * What nothing but products and gradients reads, where products round it to bf16: its gradients
 * are those of the rounded numbers, however much a block keeps. The residual stream and the
 * attention's sums stay float32.
 */
const ROUNDED = ['attended', 'query', 'key', 'gate', 'up'] as const
/** The same where attention rounds it. */
const ROUNDED_BY_ATTENTION = ['value', 'rotatedQuery', 'rotatedKey'] as const
type Rounded = (typeof ROUNDED)[number] | (typeof ROUNDED_BY_ATTENTION)[number]
/** What the gradient of a block reads. */
type Forward = Omit<Everything, Rounded> & Readonly<Record<Rounded, Tensor2D | Bf16Matrix>>

function isRounded(name: Name, { headDim }: DecoderBlockShape): boolean {
  const { bf16Heads } = currentBackendFacts()
  const isOneOf = (names: readonly Name[]): boolean => names.includes(name)
  return (
    bf16Heads !== undefined &&
    (isOneOf(ROUNDED) || (isOneOf(ROUNDED_BY_ATTENTION) && headDim <= bf16Heads))
  )
}

/** As it is kept: float32, or a `Bf16Matrix`'s bits. */
function keptForm(name: Name, x: Tensor2D, shape: DecoderBlockShape): Tensor2D {
  return isRounded(name, shape) ? toBf16(x).bits : x
}

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
const KEPT: Readonly<Record<KeepActivations, readonly Name[]>> = {
  inputs: ['input'],
  attention: BY_ATTENTION,
  all: BY_ALL,
}

/** Everything that was kept, and what was not, computed again. */
function restored(
  activations: BlockActivations,
  rows: PackedRows,
  weights: NamedBlockWeights,
  shape: DecoderBlockShape,
): Forward {
  const found = new Map<Name, Tensor2D | Bf16Matrix>()
  const names = activations.length === BY_ALL.length ? BY_ALL : BY_ATTENTION
  activations.forEach((kept, i) => found.set(names[i], readForm(names[i], kept, weights, shape)))
  /** Puts what was computed beside what was kept, and frees what is rounded. */
  const put = (computed: Readonly<Partial<Record<Name, Tensor2D>>>): void => {
    for (const [key, x] of Object.entries(computed)) {
      const name = key as Name
      found.set(name, readForm(name, keptForm(name, x, shape), weights, shape))
      if (isRounded(name, shape)) x.dispose()
    }
  }
  if (activations.length < BY_ALL.length) {
    const [input] = activations
    const projected = qkvProjection(input, rows.positions, weights, shape)
    if (!found.has('attended')) put(attend(projected, rows, shape))
    put(projected)
    const attended = found.get('attended') as Tensor2D | Bf16Matrix
    const { output, ...gated } = tidy(() => ({
      ...outputAndMlp(inFloat32(attended), input, weights, shape),
    }))
    output.dispose()
    put(gated)
  }
  return Object.fromEntries(found) as unknown as Forward
}

/** What was kept, as operations take it. */
function readForm(
  name: Name,
  kept: Tensor2D,
  { gate }: NamedBlockWeights,
  shape: DecoderBlockShape,
): Tensor2D | Bf16Matrix {
  if (!isRounded(name, shape)) return kept
  const [queries, keys] = [shape.heads * shape.headDim, shape.keyValueHeads * shape.headDim]
  const columns: Partial<Record<Name, number>> = {
    attended: queries,
    query: queries,
    rotatedQuery: queries,
    key: keys,
    value: keys,
    rotatedKey: keys,
    gate: gate.weight.shape[0],
    up: gate.weight.shape[0],
  }
  return { storage: 'bf16', bits: kept, shape: [kept.shape[0], columns[name] as number] }
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
  { rotatedQuery: q, rotatedKey: k, value: v, attended: out, logsumexp }: Forward,
  { layout }: PackedRows,
  shape: DecoderBlockShape,
): ReturnType<typeof packedAttentionGradient> {
  return packedAttentionGradient(dattended, { q, k, v, out, logsumexp }, { ...shape, ...layout })
}

function addLinear(
  gradients: GradientSum,
  { name, bias, adapter }: LinearWeights,
  dy: Tensor2D,
  x: Tensor2D | Bf16Matrix,
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
