import {
  Abs,
  ClipByValue,
  Exp,
  Log,
  Neg,
  Reciprocal,
  Relu,
  Rsqrt,
  Sigmoid,
  Sqrt,
  Square,
  Step,
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

/** Numbers of the functions in native/kernels/elementwise.cc. */
export const unaryOp = {
  neg: 0,
  exp: 1,
  log: 2,
  sqrt: 3,
  rsqrt: 4,
  square: 5,
  abs: 6,
  relu: 7,
  sigmoid: 8,
  reciprocal: 9,
  clip: 10,
  step: 11,
} as const

/** `f(x)` elementwise, of a float32 tensor. */
export function unaryTensor(
  backend: NativeBackend,
  op: number,
  x: TensorInfo,
  p = 0,
  q = 0,
): TensorInfo {
  const y = backend.output(x.shape, 'float32')
  backend.native.run('unary', {
    op,
    ...addressesOf(backend, { x, y }),
    elements: sizeOf(x.shape),
    p,
    q,
  })
  return y
}

function unary(name: string, op: number): NativeKernel {
  return nativeKernel<{ x: TensorInfo }, object>(name, ({ inputs: { x }, backend }) =>
    isFloat(x) ? unaryTensor(backend, op, x) : undefined,
  )
}

export const unaryKernels: readonly NativeKernel[] = [
  unary(Neg, unaryOp.neg),
  unary(Exp, unaryOp.exp),
  unary(Log, unaryOp.log),
  unary(Sqrt, unaryOp.sqrt),
  unary(Rsqrt, unaryOp.rsqrt),
  unary(Square, unaryOp.square),
  unary(Abs, unaryOp.abs),
  unary(Relu, unaryOp.relu),
  unary(Sigmoid, unaryOp.sigmoid),
  unary(Reciprocal, unaryOp.reciprocal),
  nativeKernel<{ x: TensorInfo }, { clipValueMin: number; clipValueMax: number }>(
    ClipByValue,
    ({ inputs: { x }, backend, attrs }) =>
      isFloat(x)
        ? unaryTensor(backend, unaryOp.clip, x, attrs.clipValueMin, attrs.clipValueMax)
        : undefined,
  ),
  nativeKernel<{ x: TensorInfo }, { alpha: number }>(Step, ({ inputs: { x }, backend, attrs }) =>
    isFloat(x) ? unaryTensor(backend, unaryOp.step, x, attrs.alpha) : undefined,
  ),
]
