import type { LayersAttrs } from '@icrl/tfjs-ops'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { RecordValues } from '../addon.ts'
import type { NativeBackend } from './native-kernel.ts'

/** Bfloats from one row to the next, padded to whole int32s; 0: the weight is float32. */
export function strideOf({ dtype, shape }: TensorInfo): number {
  return dtype === 'int32' ? 2 * shape[1] : 0
}

/** A layer of `LayersAttrs` as kernels take it. */
function layerArguments(
  backend: NativeBackend,
  inputs: Readonly<Record<string, TensorInfo | undefined>>,
  name: string,
  scales: LayersAttrs['scales'],
): RecordValues<'layer'> {
  const address = (part: string): number => backend.address(inputs[name + part])
  return {
    weight: address(''),
    stride: strideOf(inputs[name] as TensorInfo),
    panels: address('Panels'),
    bias: address('Bias'),
    adapterA: address('A'),
    adapterB: address('B'),
    panelsA: address('APanels'),
    panelsB: address('BPanels'),
    rank: inputs[`${name}A`]?.shape[0] ?? 0,
    scale: scales[name] ?? 0,
  }
}

/** The address of the records of layers, one after another. */
export function placeLayers(
  backend: NativeBackend,
  inputs: Readonly<Record<string, TensorInfo | undefined>>,
  names: readonly string[],
  scales: LayersAttrs['scales'],
): number {
  return backend.native.records(
    'layer',
    names.map((name) => layerArguments(backend, inputs, name, scales)),
  )
}
