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
import { checkShape } from './check-shape.ts'
import { type AttentionShape, DecodeAttention, type DecodeAttentionAttrs } from './kernels.ts'
import { checkAttention } from './packed-attention.ts'
import { runFused } from './run-fused.ts'
import { writeCacheComposition } from './write-cache.ts'

/**
 * Head counts, head dimension and scale; for each new token its slot, and how many rows of the slot
 * are filled.
 */
export type DecodeAttentionOptions = DecodeAttentionAttrs

/**
 * Attention of one new token of each of N sequences: its key and value become row `lengths[i]` of
 * slot `slots[i]`, then its query attends over rows `0 … lengths[i]`. The bits are those
 * `packedAttention` gives for that token. If the backend has the kernel, the caches change in
 * place; otherwise the variables are assigned changed copies.
 *
 * @param q `[N][H · d]`
 * @param k `[N][K · d]`
 * @param v `[N][K · d]`
 * @param keyCache `[slots][capacity][K · d]`
 * @param valueCache `[slots][capacity][K · d]`
 * @returns `out[N][H · d]`
 * @throws RangeError where shapes do not fit, a slot is named twice or is full.
 *
 * @example
 * import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
 *
 * declare const q: Tensor2D, k: Tensor2D, v: Tensor2D, keyCache: Variable, valueCache: Variable
 * const shape = { heads: 4, keyValueHeads: 2, headDim: 16, scale: 0.25 }
 * const out = decodeAttention(q, k, v, keyCache, valueCache, {
 *   ...shape,
 *   slots: Int32Array.of(0, 5),
 *   lengths: Int32Array.of(12, 3),
 * })
 */
export function decodeAttention(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  keyCache: Variable,
  valueCache: Variable,
  options: DecodeAttentionOptions,
): Tensor2D {
  checkAttention('decodeAttention', q, k, v, options)
  checkCaches('decodeAttention', keyCache, valueCache, options)
  checkSlots('decodeAttention', q.shape[0], keyCache, options)
  const inputs = { q, k, v, keyCache, valueCache }
  const [out] = runFused(DecodeAttention, inputs, options, () => [
    decodeAttentionComposition(q, k, v, keyCache, valueCache, options),
  ])
  return out as Tensor2D
}

/**
 * `decodeAttention` from standard operations.
 *
 * @example
 * import { type Tensor2D, type Variable, tidy } from '@tensorflow/tfjs-core'
 *
 * declare const q: Tensor2D,
 *   k: Tensor2D,
 *   v: Tensor2D,
 *   keyCache: Variable,
 *   valueCache: Variable,
 *   options: DecodeAttentionOptions
 * const out = tidy(() => decodeAttentionComposition(q, k, v, keyCache, valueCache, options))
 */
export function decodeAttentionComposition(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  keyCache: Variable,
  valueCache: Variable,
  options: DecodeAttentionOptions,
): Tensor2D {
  const { slots, lengths } = options
  if (slots.length === 0) return reshape(q, q.shape)
  const write = { sources: slots.map((_, i) => i), slots, rows: lengths }
  tidy(() => writeCacheComposition(k, keyCache, write))
  tidy(() => writeCacheComposition(v, valueCache, write))
  const groups = [...sameLength(lengths)]
  const outs = groups.map(([length, members]) => {
    const rows = length + 1
    const cached = (cache: Variable): Tensor =>
      rowsOfSlots(
        cache,
        Int32Array.from(members, (i) => slots[i]),
        rows,
      )
    return tidy(() =>
      attendCached(
        gather(q, tensor1d(Int32Array.from(members), 'int32')),
        cached(keyCache),
        cached(valueCache),
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

/**
 * The first `rows` rows of slots, `[N][rows][K·d]`. Gathered and not sliced: slicing copies the whole
 * cache first on `wasm`.
 */
function rowsOfSlots(cache: Variable, slots: Int32Array, rows: number): Tensor {
  const [slotCount, capacity, width] = cache.shape
  const index = Int32Array.from(
    { length: slots.length * rows },
    (_, j) => slots[Math.floor(j / rows)] * capacity + (j % rows),
  )
  const found = gather(reshape(cache, [slotCount * capacity, width]), tensor1d(index, 'int32'))
  return reshape(found, [slots.length, rows, width])
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

/** Throws a `RangeError` if caches do not fit the heads. */
export function checkCaches(
  op: string,
  keyCache: Variable,
  valueCache: Variable,
  { keyValueHeads, headDim }: AttentionShape,
): void {
  checkShape(op, 'keyCache', keyCache, [-1, -1, keyValueHeads * headDim])
  checkShape(op, 'valueCache', valueCache, keyCache.shape)
}

/** Throws a `RangeError` if slots and lengths do not fit the tokens or the caches. */
export function checkSlots(
  op: string,
  tokens: number,
  { shape }: Variable,
  { slots, lengths }: { slots: Int32Array; lengths: Int32Array },
): void {
  const [slotCount, capacity] = shape as [number, number]
  if (slots.length !== tokens || lengths.length !== tokens) {
    throw new RangeError(
      `${op}: ${tokens} tokens need as many slots and lengths, got ${slots.length} and ${lengths.length}`,
    )
  }
  if (new Set(slots).size !== tokens)
    throw new RangeError(`${op}: two tokens share a slot; each sequence needs its own`)
  slots.forEach((slot, i) => {
    if (slot < 0 || slot >= slotCount)
      throw new RangeError(`${op}: slot ${slot} lies outside the cache's ${slotCount}`)
    if (lengths[i] < 0 || lengths[i] >= capacity)
      throw new RangeError(`${op}: slot ${slot} holds ${lengths[i]} of ${capacity} rows: no room`)
  })
}
