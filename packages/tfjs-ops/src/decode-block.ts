import { add, tidy } from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { checkSlots, decodeAttention } from './decode-attention.ts'
import { DecodeBlock } from './kernels.ts'
import type { DecodeBlockAttrs } from './kernels.ts'
import { linearProduct } from './linear-product.ts'
import { rmsNorm } from './rms-norm.ts'
import { rotary } from './rotary.ts'
import { runFused } from './run-fused.ts'
import { isStored } from './stored-matrix.ts'
import type { StoredMatrix } from './stored-matrix.ts'
import { swiglu } from './swiglu.ts'

/** A matrix `[out][in]`, an optional bias `[out]`, and what `packWeight` makes of a float32 matrix. */
export interface LinearLayer {
  readonly weight: Tensor2D | StoredMatrix
  readonly bias?: Tensor1D
  readonly packed?: Tensor1D
}

/** The weights of a decoder block with RMSNorm, rotary embedding and SwiGLU. */
export interface DecodeBlockWeights {
  /** `[D]` */
  readonly attentionNorm: Tensor1D
  /** `[H · d][D]` */
  readonly query: LinearLayer
  /** `[K · d][D]` */
  readonly key: LinearLayer
  readonly value: LinearLayer
  /** `[D][H · d]` */
  readonly output: LinearLayer
  /** `[d]`, Qwen3's norms of each head */
  readonly queryNorm?: Tensor1D
  readonly keyNorm?: Tensor1D
  /** `[D]` */
  readonly feedForwardNorm: Tensor1D
  /** `[F][D]` */
  readonly gate: LinearLayer
  readonly up: LinearLayer
  /** `[D][F]` */
  readonly down: LinearLayer
}

/** Keys and values of running sequences, `[slots][capacity][K · d]` each. */
export interface BlockCaches {
  readonly keys: Variable
  readonly values: Variable
}

/** Head counts and scale, the rotary embedding, and for each token its slot and how many rows of it are filled. */
export type DecodeBlockOptions = DecodeBlockAttrs

/**
 * A whole decoder block for one new token of each of N sequences, appending to the caches: the bits of `rmsNorm`, `linearProduct`, `rotary`,
 * `decodeAttention` and `swiglu` one after another, in one call where the backend has the kernel and the weights are float32.
 *
 * @param x `[N][D]`
 * @param positions int32 `[N]` places of the tokens in their sequences
 * @returns `[N][D]`
 * @throws RangeError where shapes do not fit, a slot is named twice or is full.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const x: Tensor2D, positions: Tensor1D, weights: DecodeBlockWeights, caches: BlockCaches, options: DecodeBlockOptions
 * const y = decodeBlock(x, positions, weights, caches, options)
 */
export function decodeBlock(x: Tensor2D, positions: Tensor1D, weights: DecodeBlockWeights, caches: BlockCaches, options: DecodeBlockOptions): Tensor2D {
  const tensors = float32Weights(weights)
  if (tensors === undefined) return tidy(() => decodeBlockComposition(x, positions, weights, caches, options))
  checkBlock(x, positions, tensors, options)
  checkSlots(x.shape[0], caches.keys, caches.values, options)
  const inputs = { x, positions, keyCache: caches.keys, valueCache: caches.values, ...tensors }
  const [y] = runFused(DecodeBlock, inputs, options, () => [decodeBlockComposition(x, positions, weights, caches, options)])
  return y as Tensor2D
}

/**
 * `decodeBlock` from the fused operations it consists of.
 *
 * @example
 * import { tidy, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const x: Tensor2D, positions: Tensor1D, weights: DecodeBlockWeights, caches: BlockCaches, options: DecodeBlockOptions
 * const y = tidy(() => decodeBlockComposition(x, positions, weights, caches, options))
 */
export function decodeBlockComposition(x: Tensor2D, positions: Tensor1D, weights: DecodeBlockWeights, caches: BlockCaches, options: DecodeBlockOptions): Tensor2D {
  const normed = rmsNorm(x, weights.attentionNorm, options)
  const query = rotary(product(normed, weights.query), positions, weights.queryNorm, options)
  const key = rotary(product(normed, weights.key), positions, weights.keyNorm, options)
  const attended = decodeAttention(query, key, product(normed, weights.value), caches.keys, caches.values, options)
  const middle: Tensor2D = add(x, product(attended, weights.output))
  const gated = rmsNorm(middle, weights.feedForwardNorm, options)
  return add(middle, product(swiglu(product(gated, weights.gate), product(gated, weights.up)), weights.down))
}

function product(x: Tensor2D, { weight, bias }: LinearLayer): Tensor2D {
  const y = linearProduct(x, weight)
  return bias === undefined ? y : add(y, bias)
}

/** The kernel's weights by name, or undefined where one is kept in another form or place than it takes. */
function float32Weights(weights: DecodeBlockWeights): NamedTensorMap | undefined {
  const { attentionNorm, feedForwardNorm, queryNorm, keyNorm, query, key, value, output, gate, up, down } = weights
  const tensors: NamedTensorMap = { attentionNorm, feedForwardNorm }
  if (queryNorm !== undefined) tensors['queryNorm'] = queryNorm
  if (keyNorm !== undefined) tensors['keyNorm'] = keyNorm
  for (const [name, { weight, bias, packed }] of Object.entries({ query, key, value, output, gate, up, down })) {
    if (isStored(weight)) return undefined
    tensors[name] = weight
    if (bias !== undefined) tensors[`${name}Bias`] = bias
    if (packed !== undefined) tensors[`${name}Packed`] = packed
  }
  return tensors
}

function checkBlock(x: Tensor2D, positions: Tensor1D, weights: NamedTensorMap, { heads, keyValueHeads, headDim }: DecodeBlockOptions): void {
  const [tokens, width] = x.shape
  const [queries, keys, hidden] = [heads * headDim, keyValueHeads * headDim, weights['gate'].shape[0]]
  const shapes: Record<string, readonly number[]> = {
    attentionNorm: [width], feedForwardNorm: [width], queryNorm: [headDim], keyNorm: [headDim], query: [queries, width], key: [keys, width], value: [keys, width],
    output: [width, queries], gate: [hidden, width], up: [hidden, width], down: [width, hidden], queryBias: [queries], keyBias: [keys], valueBias: [keys], outputBias: [width],
    gateBias: [hidden], upBias: [hidden], downBias: [width],
  }
  checkShape('decodeBlock', 'positions', positions, [tokens])
  for (const [name, weight] of Object.entries(weights)) if (name in shapes) checkShape('decodeBlock', name, weight, shapes[name])
}
