import { engine, getKernel, tidy } from '@tensorflow/tfjs-core'
import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core'

/**
 * Whether the current TensorFlow.js backend has a kernel of this name. If not, the op runs its
 * composition.
 *
 * @example
 * hasFusedKernel('IcrlRmsNorm') // false on backend 'cpu'
 */
export function hasFusedKernel(name: string): boolean {
  return fusedKernel(name) !== undefined
}

function fusedKernel(name: string): ReturnType<typeof getKernel> | undefined {
  const { backendName } = engine()
  return getKernel(name, backendName ?? initializedBackendName())
}

function initializedBackendName(): string {
  void engine().backend
  return engine().backendName
}

/**
 * Runs the backend's kernel, or the composition within `tidy` if there is none. Attributes may hold
 * typed arrays: TensorFlow.js passes them through.
 */
export function runFused(
  name: string,
  inputs: NamedTensorMap,
  attributes: object,
  composition: () => Tensor[],
): Tensor[] {
  if (fusedKernel(name) === undefined) return tidy(composition)
  const outputs = engine().runKernel<Tensor | Tensor[]>(name, inputs, attributes as NamedAttrMap)
  return Array.isArray(outputs) ? outputs : [outputs]
}
