import { StoredFloats, UninitializedWeight } from '@icrl/tfjs-ops'
import type { StoredFloatsAttrs, StoredFloatsInputs, UninitializedAttrs } from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { addressesOf, type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

/** Numbers that one thread takes at a time. */
const BLOCK = 1 << 16

const TYPES: Readonly<Record<StoredFloatsAttrs['type'], number>> = { F32: 0, BF16: 1, F16: 2 }
const BYTES: Readonly<Record<StoredFloatsAttrs['type'], number>> = { F32: 4, BF16: 2, F16: 2 }

function storedFloats({
  inputs: { target },
  backend,
  attrs: { bytes, type, from, columns },
}: KernelCall<StoredFloatsInputs, StoredFloatsAttrs>): TensorInfo {
  const count = bytes.byteLength / BYTES[type]
  const bad = backend.output([Math.ceil(count / BLOCK)], 'int32')
  backend.native.run('storedFloats', {
    bytes: backend.native.addon.addressOf(bytes.buffer as ArrayBuffer) + bytes.byteOffset,
    type: TYPES[type],
    ...addressesOf(backend, { target, bad }),
    toBf16: Number(target.dtype === 'int32'),
    from,
    count,
    columns,
    block: BLOCK,
  })
  return bad
}

function uninitialized({
  backend,
  attrs: { shape, dtype },
}: KernelCall<object, UninitializedAttrs>): TensorInfo {
  return backend.output([...shape], dtype)
}

export const storedFloatsKernels: readonly NativeKernel[] = [
  nativeKernel(StoredFloats, storedFloats),
  nativeKernel(UninitializedWeight, uninitialized),
]
