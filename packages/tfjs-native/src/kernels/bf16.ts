import { GatherBf16, MatMulBf16 } from '@icrl/tfjs-ops'
import type { GatherBf16Inputs, MatMulBf16Inputs, Bf16Attrs } from '@icrl/tfjs-ops'
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

export const bf16Kernels: readonly NativeKernel[] = [
  nativeKernel(MatMulBf16, matMulBf16),
  nativeKernel(GatherBf16, gatherBf16),
]
