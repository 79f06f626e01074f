import { add, tidy, zerosLike, zeros } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import {
  attendSequence,
  attendSequenceGradient,
  concatRows,
  sliceRows,
} from './attention-composition.ts'
import { type Bf16Matrix, inFloat32 } from './bf16-matrix.ts'
import { checkShape } from './check-shape.ts'
import { differentiable } from './differentiable.ts'
import {
  type AttentionShape,
  PackedAttention,
  type PackedAttentionAttrs,
  PackedAttentionGrad,
  type PackedLayout,
} from './kernels.ts'
import { checkLayout, segmentChain } from './packed-layout.ts'
import { runFused } from './run-fused.ts'

/** Head counts, head dimension, scale, and the layout of the packed rows. */
export type PackedAttentionOptions = PackedAttentionAttrs

/**
 * Causal attention (Vaswani et al. 2017, arXiv 1706.03762, eq. 1) with grouped queries (Ainslie et
 * al. 2023, arXiv 2305.13245) over packed sequences that may share prefixes: each row sees its
 * chain of prefix segments, then its own segment up to itself. Query heads
 * `g · H/K … (g + 1) · H/K − 1` read key/value head g.
 *
 * @param q `[N][H · d]`
 * @param k `[N][K · d]`
 * @param v `[N][K · d]`
 * @returns `out[N][H · d]` and, for the gradient, `logsumexp[N][H]` of the scaled scores (no
 * gradient flows through it).
 * @throws RangeError where shapes or the layout do not fit.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const q: Tensor2D, k: Tensor2D, v: Tensor2D // of 14 rows
 * const { out } = packedAttention(q, k, v, {
 *   heads: 4,
 *   keyValueHeads: 2,
 *   headDim: 16,
 *   scale: 0.25,
 *   ...packedLayout([5, 9]),
 * })
 */
export function packedAttention(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  options: PackedAttentionOptions,
): { out: Tensor2D; logsumexp: Tensor2D } {
  checkAttention('packedAttention', q, k, v, options)
  checkLayout('packedAttention', options, q.shape[0])
  const [out, logsumexp] = differentiable({
    inputs: { q, k, v },
    forward: () =>
      runFused(PackedAttention, { q, k, v }, options, () =>
        packedAttentionComposition(q, k, v, options),
      ),
    backward: ([dOut], saved, _, outputs) => {
      const [savedQ, savedK, savedV, savedOut, savedLogsumexp] = [
        ...saved,
        ...outputs,
      ] as Tensor2D[]
      const forward = { q: savedQ, k: savedK, v: savedV, out: savedOut, logsumexp: savedLogsumexp }
      const { dq, dk, dv } = packedAttentionGradient(dOut as Tensor2D, forward, options)
      return [dq, dk, dv]
    },
  })
  return { out: out as Tensor2D, logsumexp: logsumexp as Tensor2D }
}

/** What the forward pass read and wrote, as it was or rounded to bf16. */
export interface PackedAttentionForward {
  /** Queries. */
  q: Tensor2D | Bf16Matrix
  /** Keys. */
  k: Tensor2D | Bf16Matrix
  /** Values. */
  v: Tensor2D | Bf16Matrix
  /** What attention gave. */
  out: Tensor2D | Bf16Matrix
  /** Of each row and head, in nats. */
  logsumexp: Tensor2D
}

/**
 * The gradient of `packedAttention`'s `out`.
 *
 * @param dOut `[N][H · d]`
 * @returns `dq[N][H · d]`, `dk[N][K · d]`, `dv[N][K · d]`; a shared prefix gets the sum over all
 * rows that see it.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const q: Tensor2D,
 *   k: Tensor2D,
 *   v: Tensor2D,
 *   dOut: Tensor2D,
 *   options: PackedAttentionOptions
 * const { out, logsumexp } = packedAttention(q, k, v, options)
 * const { dq, dk, dv } = packedAttentionGradient(dOut, { q, k, v, out, logsumexp }, options)
 */
export function packedAttentionGradient(
  dOut: Tensor2D,
  forward: PackedAttentionForward,
  options: PackedAttentionOptions,
): { dq: Tensor2D; dk: Tensor2D; dv: Tensor2D } {
  const [dq, dk, dv] = tidy(() =>
    runFused(PackedAttentionGrad, { dOut, ...floatsOf(forward) }, options, () =>
      packedAttentionGradientComposition(dOut, forward, options),
    ),
  )
  return { dq: dq as Tensor2D, dk: dk as Tensor2D, dv: dv as Tensor2D }
}

/**
 * `packedAttention` from standard operations, one sequence at a time: `[out, logsumexp]`.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const q: Tensor2D, k: Tensor2D, v: Tensor2D, options: PackedAttentionOptions
 * const [out, logsumexp] = packedAttentionComposition(q, k, v, options)
 */
export function packedAttentionComposition(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  options: PackedAttentionOptions,
): Tensor[] {
  const outs: Tensor2D[] = []
  const logsumexps: Tensor2D[] = []
  for (const segment of filledSegments(options)) {
    const { out, logsumexp } = attendSequence(
      rowsOf(q, options, segment),
      chainRows(k, options, segment),
      chainRows(v, options, segment),
      options,
    )
    outs.push(out)
    logsumexps.push(logsumexp)
  }
  if (outs.length === 0) return [zerosLike(q), zeros([0, options.heads])]
  return [concatRows(outs), concatRows(logsumexps)]
}

/**
 * `packedAttentionGradient` from standard operations: `[dq, dk, dv]`.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dOut: Tensor2D, forward: PackedAttentionForward, options: PackedAttentionOptions
 * const [dq, dk, dv] = packedAttentionGradientComposition(dOut, forward, options)
 */
export function packedAttentionGradientComposition(
  dOut: Tensor2D,
  forward: PackedAttentionForward,
  options: PackedAttentionOptions,
): Tensor[] {
  const dqs: Tensor2D[] = []
  const dks = new Map<number, Tensor2D>()
  const dvs = new Map<number, Tensor2D>()
  const segments = filledSegments(options)
  const all = floatsOf(forward)
  for (const segment of segments) {
    const own = (x: Tensor2D): Tensor2D => rowsOf(x, options, segment)
    const chain = (x: Tensor2D): Tensor2D => chainRows(x, options, segment)
    const { q, k, v, out, logsumexp } = all
    const inputs = { q: own(q), k: chain(k), v: chain(v), out: own(out), logsumexp: own(logsumexp) }
    const { dq, dk, dv } = attendSequenceGradient(own(dOut), inputs, options)
    dqs.push(dq)
    addToChain(dks, dk, options, segment)
    addToChain(dvs, dv, options, segment)
  }
  if (segments.length === 0) return [zerosLike(all.q), zerosLike(all.k), zerosLike(all.v)]
  const inOrder = (parts: Map<number, Tensor2D>): Tensor2D =>
    concatRows(segments.map((segment) => parts.get(segment) as Tensor2D))
  return [concatRows(dqs), inOrder(dks), inOrder(dvs)]
}

/** What was rounded, widened. */
function floatsOf({
  q,
  k,
  v,
  out,
  logsumexp,
}: PackedAttentionForward): Record<keyof PackedAttentionForward, Tensor2D> {
  return {
    q: inFloat32(q),
    k: inFloat32(k),
    v: inFloat32(v),
    out: inFloat32(out),
    logsumexp,
  }
}

function filledSegments({ starts, prefix }: PackedLayout): number[] {
  return [...prefix.keys()].filter((s) => starts[s + 1] > starts[s])
}

function filledChain(layout: PackedLayout, segment: number): number[] {
  return segmentChain(layout, segment).filter((s) => layout.starts[s + 1] > layout.starts[s])
}

function rowsOf(x: Tensor2D, { starts }: PackedLayout, segment: number): Tensor2D {
  return sliceRows(x, starts[segment], starts[segment + 1])
}

function chainRows(x: Tensor2D, layout: PackedLayout, segment: number): Tensor2D {
  return concatRows(filledChain(layout, segment).map((s) => rowsOf(x, layout, s)))
}

function addToChain(
  totals: Map<number, Tensor2D>,
  gradient: Tensor2D,
  layout: PackedLayout,
  segment: number,
): void {
  let at = 0
  for (const s of filledChain(layout, segment)) {
    const length = layout.starts[s + 1] - layout.starts[s]
    const part = sliceRows(gradient, at, at + length)
    const total = totals.get(s)
    totals.set(s, total === undefined ? part : add(total, part))
    at += length
  }
}

/** Throws a `RangeError` unless q, k and v have the heads the options say. */
export function checkAttention(
  op: string,
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  { heads, keyValueHeads, headDim }: AttentionShape,
): void {
  if (heads % keyValueHeads !== 0)
    throw new RangeError(
      `${op}: ${heads} query heads cannot be shared out over ${keyValueHeads} key/value heads`,
    )
  checkShape(op, 'q', q, [-1, heads * headDim])
  checkShape(op, 'k', k, [q.shape[0], keyValueHeads * headDim])
  checkShape(op, 'v', v, [q.shape[0], keyValueHeads * headDim])
}
