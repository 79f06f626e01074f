import { Max, Mean, Min, Softmax, Sum, util } from '@tensorflow/tfjs-core'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import {
  addressesOf,
  isFloat,
  type KernelCall,
  nativeKernel,
  type NativeKernel,
  sizeOf,
} from './native-kernel.ts'

/** Numbers of the reductions in native/kernels/reduce.cc. */
const reduction = { sum: 0, mean: 1, max: 2, min: 3 } as const

interface ReduceAttributes {
  /** For Sum, Mean and Min. */
  axis?: number | number[]
  /** Max's name for it. */
  reductionIndices?: number | number[]
  keepDims?: boolean
}

/** Reduces neighboring axes; others go to the TensorFlow.js kernel. */
function reduce(
  op: number,
  { inputs: { x }, backend, attrs }: KernelCall<{ x: TensorInfo }, ReduceAttributes>,
): TensorInfo | undefined {
  if (!isFloat(x)) return undefined
  const rank = x.shape.length
  const axes = util
    .parseAxisParam(attrs.axis ?? attrs.reductionIndices ?? Array.from(x.shape.keys()), x.shape)
    .sort((a, b) => a - b)
  const [first, last] = [axes[0] ?? 0, axes[axes.length - 1] ?? -1]
  const count = sizeOf(x.shape, first, last + 1)
  if (axes.length !== last - first + 1 || (count === 0 && op !== reduction.sum)) return undefined
  const [outer, inner] = [sizeOf(x.shape, 0, first), sizeOf(x.shape, last + 1, rank)]
  const kept = x.shape.map((size, i) => (i >= first && i <= last ? 1 : size))
  const y = backend.output(
    attrs.keepDims === true ? kept : x.shape.filter((_, i) => i < first || i > last),
    'float32',
  )
  const operands = { op, ...addressesOf(backend, { x, y }) }
  if (inner === 1) backend.native.run('reduceRows', { ...operands, rows: outer, width: count })
  else backend.native.run('reduceColumns', { ...operands, outer, count, inner })
  return y
}

function softmax({
  inputs: { logits },
  backend,
  attrs,
}: KernelCall<{ logits: TensorInfo }, { dim: number }>): TensorInfo | undefined {
  const rank = logits.shape.length
  if (!isFloat(logits) || (attrs.dim !== rank - 1 && attrs.dim !== -1)) return undefined
  const width = logits.shape[rank - 1]
  const y = backend.output(logits.shape, 'float32')
  if (width > 0)
    backend.native.run('softmaxRows', {
      ...addressesOf(backend, { x: logits, y }),
      rows: sizeOf(logits.shape) / width,
      width,
    })
  return y
}

const reduceKernel = (name: string, op: number): NativeKernel =>
  nativeKernel(name, (call: KernelCall<{ x: TensorInfo }, ReduceAttributes>) => reduce(op, call))

export const reduceKernels: readonly NativeKernel[] = [
  reduceKernel(Sum, reduction.sum),
  reduceKernel(Mean, reduction.mean),
  reduceKernel(Max, reduction.max),
  reduceKernel(Min, reduction.min),
  nativeKernel(Softmax, softmax),
]
