import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { NativeCaller } from '../addon.ts'

/** What kernels need of a backend: the processor's and the GPU's have it. */
export interface NativeBackend {
  readonly native: NativeCaller
  /** The widest heads whose keys and values its attention rounds to bf16, as it caches them; 0: none. */
  readonly bf16Heads: number
  /** A tensor for a kernel to write to; its elements are whatever the memory held before. */
  output(shape: number[], dtype: 'float32' | 'int32' | 'bool'): TensorInfo
  /** Float32 tensors of one axis in one piece of memory. */
  outputsTogether(sizes: readonly number[]): TensorInfo[]
  /** Where kernels find a tensor's elements; 0 for no tensor. */
  address(tensor: TensorInfo | undefined): number
  /** Where the next call finds them in the memory of the processor. */
  hostAddress(tensor: TensorInfo): number
  /** The elements, to read within one kernel. */
  view(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array
  incRef(dataId: object): void
  disposeIntermediateTensorInfo(tensor: TensorInfo): void
}

/** What TensorFlow.js passes to a kernel. */
export interface KernelCall<
  Inputs = Record<string, TensorInfo>,
  Attributes = Record<string, unknown>,
> {
  readonly inputs: Inputs
  readonly backend: NativeBackend
  readonly attrs: Attributes
}

/**
 * A kernel of this backend. If it returns undefined, the TensorFlow.js CPU kernel of the same name
 * runs instead.
 */
export interface NativeKernel {
  readonly name: string
  readonly run: (call: never) => TensorInfo | TensorInfo[] | undefined
}

/** Pairs a kernel's name with its function, whose inputs and attributes the name implies. */
export function nativeKernel<Inputs, Attributes>(
  name: string,
  run: (call: KernelCall<Inputs, Attributes>) => TensorInfo | TensorInfo[] | undefined,
): NativeKernel {
  return { name, run }
}

export function isFloat(...tensors: readonly TensorInfo[]): boolean {
  for (const { dtype } of tensors) if (dtype !== 'float32') return false
  return true
}

/** Elements of a shape's dimensions [from, to). */
export function sizeOf(shape: readonly number[], from = 0, to: number = shape.length): number {
  let size = 1
  for (let i = from; i < to; i++) size *= shape[i]
  return size
}

/** The addresses of tensors by their names; 0 for those that are missing. */
export function addressesOf<Name extends string>(
  backend: NativeBackend,
  tensors: Readonly<Record<Name, TensorInfo | undefined>>,
): Record<Name, number> {
  const addresses = {} as Record<Name, number>
  for (const name in tensors) addresses[name] = backend.address(tensors[name])
  return addresses
}
