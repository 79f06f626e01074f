import { FromBf16, GatherBf16, MatMulBf16, ToBf16 } from '@icrl/tfjs-ops'
import type {
  Bf16Attrs,
  FromBf16Inputs,
  GatherBf16Inputs,
  MatMulBf16Inputs,
  ToBf16Inputs,
} from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { strideOf } from './layer-arguments.ts'
import { addressesOf, type KernelCall, nativeKernel, type NativeKernel } from './native-kernel.ts'

function matMulBf16({
  inputs: { x, weight },
  backend,
  attrs: { columns },
}: KernelCall<MatMulBf16Inputs, Bf16Attrs>): TensorInfo {
  const [[m], [n]] = [x.shape, weight.shape]
  const y = backend.output([m, n], 'float32')
  backend.native.run('matMulBf16', {
    ...addressesOf(backend, { x, weight, y }),
    m,
    n,
    k: columns,
    stride: strideOf(weight),
  })
  return y
}

function gatherBf16({
  inputs: { weight, ids },
  backend,
  attrs: { columns },
}: KernelCall<GatherBf16Inputs, Bf16Attrs>): TensorInfo {
  const [count] = ids.shape
  const bad = backend.view(ids).findIndex((id) => !(id >= 0 && id < weight.shape[0]))
  if (bad >= 0)
    throw new RangeError(
      `embedding: id ${backend.view(ids)[bad]} of row ${bad} is not in [0, ${weight.shape[0]})`,
    )
  const y = backend.output([count, columns], 'float32')
  backend.native.run('gatherBf16', {
    ...addressesOf(backend, { weight, ids, y }),
    count,
    width: columns,
    stride: strideOf(weight),
  })
  return y
}

function toBf16({ inputs: { x }, backend }: KernelCall<ToBf16Inputs, object>): TensorInfo {
  const [rows, width] = x.shape
  const y = backend.output([rows, Math.ceil(width / 2)], 'int32')
  backend.native.run('toBf16', { ...addressesOf(backend, { x, y }), rows, width })
  return y
}

function fromBf16({
  inputs: { bits: x },
  backend,
  attrs: { columns: width },
}: KernelCall<FromBf16Inputs, Bf16Attrs>): TensorInfo {
  const [rows] = x.shape
  const y = backend.output([rows, width], 'float32')
  backend.native.run('fromBf16', { ...addressesOf(backend, { x, y }), rows, width })
  return y
}

export const bf16Kernels: readonly NativeKernel[] = [
  nativeKernel(MatMulBf16, matMulBf16),
  nativeKernel(GatherBf16, gatherBf16),
  nativeKernel(ToBf16, toBf16),
  nativeKernel(FromBf16, fromBf16),
]
