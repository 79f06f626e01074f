import {
  Cast,
  Concat,
  Fill,
  GatherV2,
  OnesLike,
  Slice,
  Transpose,
  ZerosLike,
  backend_util,
  slice_util,
  util,
} from '@tensorflow/tfjs-core'
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core'
import {
  addressesOf,
  isFloat,
  type KernelCall,
  type NativeBackend,
  nativeKernel,
  type NativeKernel,
  sizeOf,
} from './native-kernel.ts'
import { collapse, stridesOf, type Walk } from './strides.ts'

type PlainType = 'float32' | 'int32' | 'bool'

const isPlain = (dtype: DataType): dtype is PlainType =>
  dtype === 'float32' || dtype === 'int32' || dtype === 'bool'
const bytesOf = (dtype: PlainType): number => (dtype === 'bool' ? 1 : 4)

/** Numbers of the types in native/kernels/cast-element.h. */
const TYPES: Readonly<Record<PlainType, number>> = { float32: 0, int32: 1, bool: 2 }

/** The bits of an element, as a number that is not negative. */
function bitsOf(value: number, dtype: PlainType): number {
  if (dtype === 'float32') return new Uint32Array(Float32Array.of(value).buffer)[0]
  return dtype === 'int32' ? value >>> 0 : value & 0xff
}

/** Copies elements from one address to another along a walk (a: source, b: target). */
function copyBlocks(
  backend: NativeBackend,
  from: number,
  to: number,
  walk: Walk,
  bytes: number,
): void {
  if (sizeOf(walk.shape) === 0) return
  const { native } = backend
  const { shape, aStrides, bStrides } = withRun(collapse(walk))
  native.run('copyBlocks', {
    from,
    to,
    rank: shape.length,
    shape: native.integers(shape),
    fromStrides: native.integers(aStrides),
    toStrides: native.integers(bStrides),
    bytes,
  })
}

function withRun(walk: Walk): Walk {
  const last = walk.shape.length - 1
  if (last >= 0 && walk.aStrides[last] === 1 && walk.bStrides[last] === 1) return walk
  return {
    shape: [...walk.shape, 1],
    aStrides: [...walk.aStrides, 1],
    bStrides: [...walk.bStrides, 1],
  }
}

function slice({
  inputs: { x },
  backend,
  attrs,
}: KernelCall<{ x: TensorInfo }, { begin: number | number[]; size: number | number[] }>):
  | TensorInfo
  | undefined {
  if (!isPlain(x.dtype) || x.shape.length === 0) return undefined
  const [begin, size] = slice_util.parseSliceParams(
    x as Parameters<typeof slice_util.parseSliceParams>[0],
    attrs.begin,
    attrs.size,
  )
  slice_util.assertParamsValid(x, begin, size)
  const y = backend.output(size, x.dtype)
  const strides = stridesOf(x.shape)
  const bytes = bytesOf(x.dtype)
  const start = begin.reduce((at, from, i) => at + from * strides[i], 0)
  copyBlocks(
    backend,
    backend.address(x) + start * bytes,
    backend.address(y),
    { shape: size, aStrides: strides, bStrides: stridesOf(size) },
    bytes,
  )
  return y
}

function concat({
  inputs,
  backend,
  attrs,
}: KernelCall<Record<string, TensorInfo>, { axis: number }>): TensorInfo | undefined {
  const parts = Object.values(inputs)
  const [{ dtype, shape }] = parts
  if (!isPlain(dtype) || parts.some((part) => part.dtype !== dtype)) return undefined
  const axis = util.parseAxisParam(attrs.axis, shape)[0]
  const shapes = parts.map((part) => part.shape)
  backend_util.assertParamsConsistent(shapes, axis)
  const outShape = backend_util.computeOutShape(shapes, axis)
  const y = backend.output(outShape, dtype)
  const bytes = bytesOf(dtype)
  const strides = stridesOf(outShape)
  let to = backend.address(y)
  for (const part of parts) {
    copyBlocks(
      backend,
      backend.address(part),
      to,
      { shape: part.shape, aStrides: stridesOf(part.shape), bStrides: strides },
      bytes,
    )
    to += part.shape[axis] * strides[axis] * bytes
  }
  return y
}

function transpose({
  inputs: { x },
  backend,
  attrs,
}: KernelCall<{ x: TensorInfo }, { perm: number[] }>): TensorInfo | undefined {
  if (!isPlain(x.dtype) || x.shape.length > 8) return undefined
  const strides = stridesOf(x.shape)
  const shape = attrs.perm.map((axis) => x.shape[axis])
  const y = backend.output(shape, x.dtype)
  const [from, to, bytes] = [backend.address(x), backend.address(y), bytesOf(x.dtype)]
  if (sizeOf(shape) === 0) return y
  const walk = collapse({
    shape,
    aStrides: attrs.perm.map((axis) => strides[axis]),
    bStrides: stridesOf(shape),
  })
  if (walk.shape.length === 0 || walk.aStrides[walk.shape.length - 1] === 1) {
    copyBlocks(backend, from, to, walk, bytes)
    return y
  }
  const { native } = backend
  native.run('transpose', {
    from,
    to,
    rank: walk.shape.length,
    shape: native.integers(walk.shape),
    fromStrides: native.integers(walk.aStrides),
    bytes,
  })
  return y
}

function gather(
  call: KernelCall<{ x: TensorInfo; indices: TensorInfo }, { axis: number; batchDims?: number }>,
): TensorInfo | undefined {
  const {
    inputs: { x, indices },
    backend,
    attrs,
  } = call
  const wordSized = (x.dtype === 'float32' || x.dtype === 'int32') && indices.dtype === 'int32'
  if (!wordSized || (attrs.batchDims ?? 0) !== 0) return undefined
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0]
  const rows = x.shape[axis]
  for (const index of backend.view(indices)) {
    util.assert(
      index >= 0 && index < rows,
      () => `GatherV2: the index value ${index} is not in [0, ${rows - 1}]`,
    )
  }
  const y = backend.output(
    [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
    x.dtype as PlainType,
  )
  const [outer, inner] = [sizeOf(x.shape, 0, axis), sizeOf(x.shape, axis + 1)]
  const count = sizeOf(indices.shape)
  if (outer * count * inner > 0)
    backend.native.run('gatherRows', {
      ...addressesOf(backend, { x, indices, y }),
      outer,
      rows,
      count,
      inner,
    })
  return y
}

/**
 * The TensorFlow.js kernel shares x's data if no value is lost, under another type than its array
 * has. Here every type has its own array.
 */
function cast({
  inputs: { x },
  backend,
  attrs: { dtype },
}: KernelCall<{ x: TensorInfo }, { dtype: DataType }>): TensorInfo | undefined {
  if (!isPlain(x.dtype) || !isPlain(dtype)) return undefined
  if (x.dtype === dtype) {
    backend.incRef(x.dataId)
    return { dataId: x.dataId, shape: x.shape, dtype }
  }
  const y = backend.output(x.shape, dtype)
  backend.native.run('cast', {
    ...addressesOf(backend, { from: x, to: y }),
    elements: sizeOf(x.shape),
    fromType: TYPES[x.dtype],
    toType: TYPES[dtype],
  })
  return y
}

function filled(
  backend: NativeBackend,
  shape: number[],
  dtype: PlainType,
  value: number,
): TensorInfo {
  const y = backend.output(shape, dtype)
  backend.native.run('fill', {
    to: backend.address(y),
    bits: bitsOf(value, dtype),
    elements: sizeOf(shape),
    bytes: bytesOf(dtype),
  })
  return y
}

export const layoutKernels: readonly NativeKernel[] = [
  nativeKernel(Cast, cast),
  nativeKernel(Slice, slice),
  nativeKernel(Concat, concat),
  nativeKernel(Transpose, transpose),
  nativeKernel(GatherV2, gather),
  nativeKernel<{ x: TensorInfo }, object>(ZerosLike, ({ inputs: { x }, backend }) =>
    isPlain(x.dtype) ? filled(backend, x.shape, x.dtype, 0) : undefined,
  ),
  nativeKernel<{ x: TensorInfo }, object>(OnesLike, ({ inputs: { x }, backend }) =>
    isFloat(x) ? filled(backend, x.shape, 'float32', 1) : undefined,
  ),
  nativeKernel<object, { shape: number[]; value: number | string; dtype?: DataType }>(
    Fill,
    ({ backend, attrs: { shape, value, dtype } }) => {
      const type = dtype ?? util.inferDtype(value)
      return isPlain(type) && typeof value === 'number'
        ? filled(backend, shape, type, value)
        : undefined
    },
  ),
]
