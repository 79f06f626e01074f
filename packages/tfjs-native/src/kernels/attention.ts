import {
  CacheSlab,
  DecodeAttention,
  PAGE_ROWS,
  PackedAttention,
  PackedAttentionGrad,
  WriteCache,
} from '@icrl/tfjs-ops'
import type {
  AttentionShape,
  CacheSlabAttrs,
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
import { slabArguments } from './slab-arguments.ts'

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
  const { q, k, v } = inputs
  const out = backend.output(q.shape, 'float32')
  const { native } = backend
  native.run('decodeAttention', {
    ...addressesOf(backend, { q, k, v, out }),
    ...slabArguments(backend, inputs),
    tokens: q.shape[0],
    ...shapeOf(attrs),
    pages: native.place(attrs.pages),
    tableStarts: native.place(attrs.tableStarts),
    lengths: native.place(attrs.lengths),
  })
  return out
}

function writeCache({
  inputs,
  backend,
  attrs,
}: KernelCall<WriteCacheInputs, WriteCacheAttrs>): TensorInfo[] {
  const { key, value } = inputs
  const { native } = backend
  native.run('writeCache', {
    ...addressesOf(backend, { key, value }),
    ...slabArguments(backend, inputs),
    sources: native.place(attrs.sources),
    pages: native.place(attrs.pages),
    rows: native.place(attrs.rows),
    count: attrs.sources.length,
    width: key.shape[1],
  })
  return []
}

function cacheSlab({
  backend,
  attrs: { pages, keyValueHeads, headDim },
}: KernelCall<object, CacheSlabAttrs>): TensorInfo {
  const width = keyValueHeads * headDim
  return headDim <= backend.bf16Heads
    ? backend.output([pages, PAGE_ROWS, Math.ceil(width / 2)], 'int32')
    : backend.output([pages, PAGE_ROWS, width], 'float32')
}

export const attentionKernels: readonly NativeKernel[] = [
  nativeKernel(PackedAttention, packedAttention),
  nativeKernel(PackedAttentionGrad, packedAttentionGrad),
  nativeKernel(DecodeAttention, decodeAttention),
  nativeKernel(WriteCache, writeCache),
  nativeKernel(CacheSlab, cacheSlab),
]
