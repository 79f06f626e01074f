import {
  Add,
  Equal,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  Maximum,
  Minimum,
  Multiply,
  NotEqual,
  RealDiv,
  Select,
  SquaredDifference,
  Sub,
  broadcast_util,
} from '@tensorflow/tfjs-core'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import {
  addressesOf,
  isFloat,
  type NativeBackend,
  nativeKernel,
  type NativeKernel,
  sizeOf,
} from './native-kernel.ts'
import { collapseBroadcast } from './strides.ts'

/** Numbers of the functions in native/kernels/elementwise.cc. */
export const binaryOp = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  maximum: 4,
  minimum: 5,
  squaredDifference: 6,
  less: 7,
  lessEqual: 8,
  greater: 9,
  greaterEqual: 10,
  equal: 11,
  notEqual: 12,
} as const

const MAX_RANK = 8

/** `f(a, b)` of float32 tensors, broadcast to a common shape of at most eight dimensions. */
export function binaryTensors(
  backend: NativeBackend,
  op: number,
  a: TensorInfo,
  b: TensorInfo,
  dtype: 'float32' | 'bool',
): TensorInfo {
  const same = a.shape.length === b.shape.length && a.shape.every((size, i) => size === b.shape[i])
  const shape = same ? a.shape : broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape)
  const y = backend.output(shape, dtype)
  const size = sizeOf(shape)
  if (size === 0) return y
  const walk = same
    ? { shape: [size], aStrides: [1], bStrides: [1] }
    : collapseBroadcast(shape, a.shape, b.shape)
  const { native } = backend
  native.run('binary', {
    op,
    ...addressesOf(backend, { a, b, y }),
    rank: walk.shape.length,
    shape: native.integers(walk.shape),
    aStrides: native.integers(walk.aStrides),
    bStrides: native.integers(walk.bStrides),
  })
  return y
}

function binary(name: string, op: number, dtype: 'float32' | 'bool' = 'float32'): NativeKernel {
  return nativeKernel<{ a: TensorInfo; b: TensorInfo }, object>(
    name,
    ({ inputs: { a, b }, backend }) =>
      isFloat(a, b) && a.shape.length <= MAX_RANK && b.shape.length <= MAX_RANK
        ? binaryTensors(backend, op, a, b, dtype)
        : undefined,
  )
}

export const binaryKernels: readonly NativeKernel[] = [
  binary(Add, binaryOp.add),
  binary(Sub, binaryOp.sub),
  binary(Multiply, binaryOp.mul),
  binary(RealDiv, binaryOp.div),
  binary(Maximum, binaryOp.maximum),
  binary(Minimum, binaryOp.minimum),
  binary(SquaredDifference, binaryOp.squaredDifference),
  binary(Less, binaryOp.less, 'bool'),
  binary(LessEqual, binaryOp.lessEqual, 'bool'),
  binary(Greater, binaryOp.greater, 'bool'),
  binary(GreaterEqual, binaryOp.greaterEqual, 'bool'),
  binary(Equal, binaryOp.equal, 'bool'),
  binary(NotEqual, binaryOp.notEqual, 'bool'),
  nativeKernel<{ condition: TensorInfo; t: TensorInfo; e: TensorInfo }, object>(
    Select,
    ({ inputs: { condition, t, e }, backend }) => {
      if (!isFloat(t, e) || condition.dtype !== 'bool') return undefined
      const rank = condition.shape.length
      const each = rank === 0 || rank > 1 || t.shape.length === 1 ? 1 : sizeOf(t.shape, 1)
      const elements = sizeOf(t.shape)
      if (sizeOf(condition.shape) * each !== elements) return undefined
      const y = backend.output(t.shape, 'float32')
      backend.native.run('selectWhere', {
        ...addressesOf(backend, { condition, yes: t, no: e, y }),
        elements,
        each,
      })
      return y
    },
  ),
]
