import {
  add,
  concat,
  div,
  exp,
  log,
  matMul,
  max,
  mul,
  reshape,
  slice,
  sub,
  sum,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import type { AttentionShape } from './kernels.ts'

/**
 * Causal grouped-query attention of one sequence from standard operations, with its last rows as
 * queries: `q[L][H·d]` over `k[T][K·d]`, `v[T][K·d]`, query row l seeing keys `0 … T − L + l`.
 * Returns `out[L][H·d]`, `logsumexp[L][H]`.
 *
 * It takes one sequence per call, with its keys from position 0. A masked key adds an exact zero at
 * the end of every sum, so a row's bits are the same for any L and T that show it the same keys.
 */
export function attendSequence(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  shape: AttentionShape,
): { out: Tensor2D; logsumexp: Tensor2D } {
  const scores = maskedScores(q, k, shape)
  const largest = max(scores, -1, true)
  const exponentials = exp(sub(scores, largest))
  const total = sum(exponentials, -1, true)
  const weights = div(exponentials, total)
  const out = fromQueryGroups(matMul(ungroup(weights), toKeyHeads(v, shape)), q.shape[0], shape)
  const perHead = reshape(add(largest, log(total)), [shape.heads, q.shape[0]])
  return { out, logsumexp: transpose(perHead) as Tensor2D }
}

/** The gradient of `attendSequence`'s `out`: `dq[L][H·d]`, `dk[T][K·d]`, `dv[T][K·d]`. */
export function attendSequenceGradient(
  dOut: Tensor2D,
  inputs: { q: Tensor2D; k: Tensor2D; v: Tensor2D; out: Tensor2D; logsumexp: Tensor2D },
  shape: AttentionShape,
): { dq: Tensor2D; dk: Tensor2D; dv: Tensor2D } {
  const { q, k, v, out, logsumexp } = inputs
  const rows = q.shape[0]
  const groups = shape.heads / shape.keyValueHeads
  const perQuery = (x: Tensor2D): Tensor4D =>
    reshape(transpose(x), [shape.keyValueHeads, groups, rows, 1])
  const weights = exp(sub(maskedScores(q, k, shape), perQuery(logsumexp)))
  const dOutGroups = toQueryGroups(dOut, shape)
  const along = perQuery(sum(reshape(mul(dOut, out), [rows, shape.heads, shape.headDim]), 2))
  const dweights = reshape(matMul(dOutGroups, toKeyHeads(v, shape), false, true), weights.shape)
  const dscores = ungroup(mul(mul(weights, sub(dweights, along)), shape.scale) as Tensor4D)
  return {
    dq: fromQueryGroups(matMul(dscores, toKeyHeads(k, shape)), rows, shape),
    dk: fromKeyHeads(matMul(dscores, toQueryGroups(q, shape), true, false)),
    dv: fromKeyHeads(matMul(ungroup(weights as Tensor4D), dOutGroups, true, false)),
  }
}

/** `[K][H / K][L][T]`, −∞ where the key comes after the query. */
function maskedScores(q: Tensor2D, k: Tensor2D, shape: AttentionShape): Tensor4D {
  const [rows, keys] = [q.shape[0], k.shape[0]]
  const products = matMul(toQueryGroups(q, shape), toKeyHeads(k, shape), false, true)
  const scores = reshape(mul(products, shape.scale), [
    shape.keyValueHeads,
    shape.heads / shape.keyValueHeads,
    rows,
    keys,
  ])
  return rows === 1 ? (scores as Tensor4D) : add(scores, causalMask(rows, keys))
}

function causalMask(rows: number, keys: number): Tensor {
  const mask = new Float32Array(rows * keys)
  for (let l = 0; l < rows; l++)
    mask.fill(-Infinity, l * keys + keys - rows + l + 1, (l + 1) * keys)
  return tensor(mask, [rows, keys])
}

/** `[L][H·d]` → `[K][H / K · L][d]`: the queries that share a key head are rows of one matrix. */
function toQueryGroups(x: Tensor2D, { heads, keyValueHeads, headDim }: AttentionShape): Tensor3D {
  const headMajor = transpose(reshape(x, [x.shape[0], heads, headDim]), [1, 0, 2])
  return reshape(headMajor, [keyValueHeads, (heads / keyValueHeads) * x.shape[0], headDim])
}

function fromQueryGroups(x: Tensor, rows: number, { heads, headDim }: AttentionShape): Tensor2D {
  return reshape(transpose(reshape(x, [heads, rows, headDim]), [1, 0, 2]), [rows, heads * headDim])
}

/** `[T][K·d]` → `[K][T][d]`. */
function toKeyHeads(x: Tensor2D, { keyValueHeads, headDim }: AttentionShape): Tensor3D {
  return transpose(reshape(x, [x.shape[0], keyValueHeads, headDim]), [1, 0, 2]) as Tensor3D
}

function fromKeyHeads(x: Tensor): Tensor2D {
  const [heads, keys, headDim] = x.shape
  return reshape(transpose(x, [1, 0, 2]), [keys, heads * headDim])
}

function ungroup(x: Tensor): Tensor3D {
  const [keyValueHeads, groups, rows, keys] = x.shape
  return reshape(x, [keyValueHeads, groups * rows, keys])
}

/** Rows `[start, end)` of a matrix. */
export function sliceRows(x: Tensor2D, start: number, end: number): Tensor2D {
  return slice(x, [start, 0], [end - start, x.shape[1]])
}

/** Matrices one below another; one alone is itself. */
export function concatRows(parts: Tensor2D[]): Tensor2D {
  return parts.length === 1 ? parts[0] : concat(parts, 0)
}
