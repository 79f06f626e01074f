import type { LayersAttrs } from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { NativeCpuBackend } from '../native-cpu-backend.ts'

/** Numbers that describe a layer to a kernel (native/kernels/linear.h). */
export const LAYER_ARGUMENTS = 10

/** Bfloats from one row to the next, padded to whole int32s; 0: the weight is float32. */
export function strideOf({ dtype, shape }: TensorInfo): number {
  return dtype === 'int32' ? 2 * shape[1] : 0
}

/** A layer of `LayersAttrs` as kernels take it. */
export function layerArguments(
  backend: NativeCpuBackend,
  inputs: Readonly<Record<string, TensorInfo | undefined>>,
  name: string,
  scales: LayersAttrs['scales'],
): number[] {
  const address = (part: string): number => {
    const tensor = inputs[name + part]
    return tensor === undefined ? 0 : backend.address(tensor)
  }
  return [
    address(''),
    strideOf(inputs[name] as TensorInfo),
    address('Panels'),
    address('Bias'),
    address('A'),
    address('B'),
    address('APanels'),
    address('BPanels'),
    inputs[`${name}A`]?.shape[0] ?? 0,
    scales[name] ?? 0,
  ]
}
