import {
  div,
  exp,
  gather,
  matMul,
  max,
  mul,
  reshape,
  sub,
  sum,
  tensor1d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { concatRows } from './attention-composition.ts'
import { type BlockCaches, PAGE_ROWS, rowsOfTables, slabInputs, tableOf } from './cache-pages.ts'
import { checkCaches, checkTables } from './check-caches.ts'
import { type AttentionShape, DecodeAttention, type DecodeAttentionAttrs } from './kernels.ts'
import { checkAttention } from './packed-attention.ts'
import { runFused } from './run-fused.ts'
import { writeCacheComposition } from './write-cache.ts'

/**
 * Head counts, head dimension and scale; for each new token the pages of its sequence, and how many
 * of their rows are filled.
 */
export type DecodeAttentionOptions = DecodeAttentionAttrs

/**
 * Attention of one new token of each of N sequences: its key and value become row `lengths[i]` of the
 * pages of its sequence, then its query attends over rows `0 … lengths[i]`. The bits are those
 * `packedAttention` gives for that token, whichever pages they are and whoever shares the full ones.
 * If the backend has the kernel, the caches change in place; otherwise slabs are assigned changed
 * copies.
 *
 * @param q `[N][H · d]`
 * @param k `[N][K · d]`
 * @param v `[N][K · d]`
 * @returns `out[N][H · d]`
 * @throws RangeError where shapes do not fit, pages are full, or one that is written to is shared.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const q: Tensor2D, k: Tensor2D, v: Tensor2D, caches: BlockCaches
 * const shape = { heads: 4, keyValueHeads: 2, headDim: 16, scale: 0.25 }
 * const out = decodeAttention(q, k, v, caches, {
 *   ...shape,
 *   ...joinTables([[0, 5], [0, 1]]), // both continue the prompt in page 0
 *   lengths: Int32Array.of(70, 65),
 * })
 */
export function decodeAttention(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  caches: BlockCaches,
  options: DecodeAttentionOptions,
): Tensor2D {
  const { lengths } = options
  checkAttention('decodeAttention', q, k, v, options)
  checkCaches('decodeAttention', caches, options)
  checkTables('decodeAttention', q.shape[0], caches, options, { lengths, rows: () => 1 })
  return attendTokens(q, k, v, caches, options)
}

/** `decodeAttention` of what has been checked. */
export function attendTokens(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  caches: BlockCaches,
  options: DecodeAttentionOptions,
): Tensor2D {
  const inputs = { q, k, v, ...slabInputs(caches) }
  const [out] = runFused(DecodeAttention, inputs, options, () => [
    decodeAttentionComposition(q, k, v, caches, options),
  ])
  return out as Tensor2D
}

/**
 * `decodeAttention` from standard operations.
 *
 * @example
 * import { type Tensor2D, tidy } from '@tensorflow/tfjs-core'
 *
 * declare const q: Tensor2D,
 *   k: Tensor2D,
 *   v: Tensor2D,
 *   caches: BlockCaches,
 *   options: DecodeAttentionOptions
 * const out = tidy(() => decodeAttentionComposition(q, k, v, caches, options))
 */
export function decodeAttentionComposition(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  caches: BlockCaches,
  options: DecodeAttentionOptions,
): Tensor2D {
  const { lengths } = options
  if (lengths.length === 0) return reshape(q, q.shape)
  writeCacheComposition(k, v, caches, {
    sources: lengths.map((_, i) => i),
    pages: lengths.map((length, i) => tableOf(options, i)[Math.floor(length / PAGE_ROWS)]),
    rows: lengths.map((length) => length % PAGE_ROWS),
  })
  const groups = [...sameLength(lengths)]
  const outs = groups.map(([length, members]) => {
    const rows = length + 1
    const cached = (slabs: readonly Variable[]): Tensor =>
      rowsOfTables(slabs, options, members, rows)
    return tidy(() =>
      attendCached(
        gather(q, tensor1d(Int32Array.from(members), 'int32')),
        cached(caches.keys),
        cached(caches.values),
        options,
      ),
    )
  })
  // Where each token's row is among those of the groups, one below another.
  const order = groups.flatMap(([, members]) => members)
  const places = new Int32Array(order.length)
  order.forEach((i, place) => (places[i] = place))
  return gather(concatRows(outs), tensor1d(places, 'int32'))
}

/** Indices of equal lengths, by length: their attention is one batch. */
function sameLength(lengths: Int32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  lengths.forEach((length, i) => {
    const group = groups.get(length)
    if (group) group.push(i)
    else groups.set(length, [i])
  })
  return groups
}

/** One token each of N sequences of one length T: `q[N][H·d]`, `k`, `v` `[N][T][K·d]` → `[N][H·d]`. */
function attendCached(
  q: Tensor2D,
  k: Tensor,
  v: Tensor,
  { heads, keyValueHeads, headDim, scale }: AttentionShape,
): Tensor2D {
  const [count, rows] = k.shape
  const perHead = (x: Tensor): Tensor =>
    transpose(reshape(x, [count, rows, keyValueHeads, headDim]), [0, 2, 1, 3])
  const queries = reshape(q, [count, keyValueHeads, heads / keyValueHeads, headDim])
  const scores = mul(matMul(queries, perHead(k), false, true), scale)
  const exponentials = exp(sub(scores, max(scores, -1, true)))
  const weights = div(exponentials, sum(exponentials, -1, true))
  return reshape(matMul(weights, perHead(v)), [count, heads * headDim])
}
