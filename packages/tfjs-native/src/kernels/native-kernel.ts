import type { TensorInfo } from '@tensorflow/tfjs-core'
import type { NativeCpuBackend } from '../native-cpu-backend.ts'

/** What TensorFlow.js passes to a kernel. */
export interface KernelCall<
  Inputs = Record<string, TensorInfo>,
  Attributes = Record<string, unknown>,
> {
  readonly inputs: Inputs
  readonly backend: NativeCpuBackend
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
