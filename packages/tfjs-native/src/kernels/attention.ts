import { DecodeAttention, PackedAttention, PackedAttentionGrad, WriteCache } from '@icrl/tfjs-ops'
import type {
  AttentionShape,
  DecodeAttentionAttrs,
  DecodeAttentionInputs,
  PackedAttentionAttrs,
  PackedAttentionGradInputs,
  PackedAttentionInputs,
  WriteCacheAttrs,
  WriteCacheInputs,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

const shapeOf = ({ heads, keyValueHeads, headDim, scale }: AttentionShape): number[] => [
  heads,
  keyValueHeads,
  headDim,
  scale,
]

function packedAttention({
  inputs: { q, k, v },
  backend,
  attrs,
}: KernelCall<PackedAttentionInputs, PackedAttentionAttrs>): TensorInfo[] {
  const out = backend.output(q.shape, 'float32')
  const logsumexp = backend.output([q.shape[0], attrs.heads], 'float32')
  const { native } = backend
  const addresses = [q, k, v, out, logsumexp].map((tensor) => backend.address(tensor))
  native.run(
    'packedAttention',
    ...addresses,
    ...shapeOf(attrs),
    native.place(attrs.starts),
    native.place(attrs.prefix),
    attrs.prefix.length,
  )
  return [out, logsumexp]
}

function packedAttentionGrad({
  inputs,
  backend,
  attrs,
}: KernelCall<PackedAttentionGradInputs, PackedAttentionAttrs>): TensorInfo[] {
  const { dOut, q, k, v, out, logsumexp } = inputs
  const gradients = [q, k, v].map((tensor) => backend.output(tensor.shape, 'float32'))
  const { native } = backend
  const addresses = [dOut, q, k, v, out, logsumexp, ...gradients].map((tensor) =>
    backend.address(tensor),
  )
  native.run(
    'packedAttentionGrad',
    ...addresses,
    ...shapeOf(attrs),
    native.place(attrs.starts),
    native.place(attrs.prefix),
    attrs.prefix.length,
  )
  return gradients
}

function decodeAttention({
  inputs,
  backend,
  attrs,
}: KernelCall<DecodeAttentionInputs, DecodeAttentionAttrs>): TensorInfo {
  const { q, k, v, keyCache, valueCache } = inputs
  const out = backend.output(q.shape, 'float32')
  const { native } = backend
  const addresses = [q, k, v, keyCache, valueCache, out].map((tensor) => backend.address(tensor))
  native.run(
    'decodeAttention',
    ...addresses,
    q.shape[0],
    keyCache.shape[1],
    ...shapeOf(attrs),
    native.place(attrs.slots),
    native.place(attrs.lengths),
  )
  return out
}

function writeCache({
  inputs: { x, cache },
  backend,
  attrs,
}: KernelCall<WriteCacheInputs, WriteCacheAttrs>): TensorInfo[] {
  const { native } = backend
  const places = [attrs.sources, attrs.slots, attrs.rows].map((array) => native.place(array))
  const [, capacity, width] = cache.shape
  native.run(
    'writeCache',
    backend.address(x),
    backend.address(cache),
    ...places,
    attrs.sources.length,
    capacity,
    width,
  )
  return []
}

export const attentionKernels: readonly NativeKernel[] = [
  nativeKernel(PackedAttention, packedAttention),
  nativeKernel(PackedAttentionGrad, packedAttentionGrad),
  nativeKernel(DecodeAttention, decodeAttention),
  nativeKernel(WriteCache, writeCache),
]
