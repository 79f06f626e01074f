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
import { addressesOf, type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

const shapeOf = ({
  heads,
  keyValueHeads,
  headDim,
  scale,
}: AttentionShape): Pick<AttentionShape, 'heads' | 'keyValueHeads' | 'headDim' | 'scale'> => ({
  heads,
  keyValueHeads,
  headDim,
  scale,
})

function packedAttention({
  inputs: { q, k, v },
  backend,
  attrs,
}: KernelCall<PackedAttentionInputs, PackedAttentionAttrs>): TensorInfo[] {
  const out = backend.output(q.shape, 'float32')
  const logsumexp = backend.output([q.shape[0], attrs.heads], 'float32')
  const { native } = backend
  native.run('packedAttention', {
    ...addressesOf(backend, { q, k, v, out, logsumexp }),
    ...shapeOf(attrs),
    starts: native.place(attrs.starts),
    prefix: native.place(attrs.prefix),
    segments: attrs.prefix.length,
  })
  return [out, logsumexp]
}

function packedAttentionGrad({
  inputs,
  backend,
  attrs,
}: KernelCall<PackedAttentionGradInputs, PackedAttentionAttrs>): TensorInfo[] {
  const { dOut, q, k, v, out, logsumexp } = inputs
  const gradients = [q, k, v].map((tensor) => backend.output(tensor.shape, 'float32'))
  const [dq, dk, dv] = gradients
  const { native } = backend
  native.run('packedAttentionGrad', {
    ...addressesOf(backend, { dOut, q, k, v, out, logsumexp, dq, dk, dv }),
    ...shapeOf(attrs),
    starts: native.place(attrs.starts),
    prefix: native.place(attrs.prefix),
    segments: attrs.prefix.length,
  })
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
  native.run('decodeAttention', {
    ...addressesOf(backend, { q, k, v, keyCache, valueCache, out }),
    tokens: q.shape[0],
    capacity: keyCache.shape[1],
    ...shapeOf(attrs),
    slots: native.place(attrs.slots),
    lengths: native.place(attrs.lengths),
  })
  return out
}

function writeCache({
  inputs: { x, cache },
  backend,
  attrs,
}: KernelCall<WriteCacheInputs, WriteCacheAttrs>): TensorInfo[] {
  const { native } = backend
  const [, capacity, width] = cache.shape
  native.run('writeCache', {
    ...addressesOf(backend, { x, cache }),
    sources: native.place(attrs.sources),
    slots: native.place(attrs.slots),
    rows: native.place(attrs.rows),
    count: attrs.sources.length,
    capacity,
    width,
  })
  return []
}

export const attentionKernels: readonly NativeKernel[] = [
  nativeKernel(PackedAttention, packedAttention),
  nativeKernel(PackedAttentionGrad, packedAttentionGrad),
  nativeKernel(DecodeAttention, decodeAttention),
  nativeKernel(WriteCache, writeCache),
]
