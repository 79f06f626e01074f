import { engine } from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core'

/** An operation and its gradient. */
export interface DifferentiableOp {
  /** The inputs that have a gradient, by name. */
  readonly inputs: NamedTensorMap
  /** Everything else the gradient reads (ids, positions). */
  readonly constants?: Tensor[]
  readonly forward: () => Tensor[]
  /**
   * Returns one gradient per input, given the outputs' gradients, the inputs in order, the
   * constants and the outputs.
   */
  readonly backward: (
    outputGradients: Tensor[],
    inputs: Tensor[],
    constants: Tensor[],
    outputs: Tensor[],
  ) => Tensor[]
}

interface CustomKernel {
  inputs: NamedTensorMap
  forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor | Tensor[]
  backwardsFunc: (gradients: Tensor | Tensor[], saved: Tensor[]) => Record<string, () => Tensor>
}

/**
 * Runs `forward`; under `tf.grads` it is one node of the tape whose gradient is `backward`,
 * whichever backend runs it. A gradient registered by kernel name would serve only backends that
 * have the kernel, and not one with an optional input.
 */
export function differentiable(op: DifferentiableOp): Tensor[] {
  if (!engine().isTapeOn()) return op.forward()
  const names = Object.keys(op.inputs)
  const constants = op.constants ?? []
  const kernel: CustomKernel = {
    inputs: op.inputs,
    forwardFunc: (_backend, save) => {
      const outputs = op.forward()
      save([...Object.values(op.inputs), ...constants, ...outputs])
      return outputs
    },
    backwardsFunc: (gradients, saved) => {
      const inputs = saved.slice(0, names.length)
      const outputs = saved.slice(names.length + constants.length)
      const results = op.backward(
        [gradients].flat(),
        inputs,
        saved.slice(names.length, names.length + constants.length),
        outputs,
      )
      return Object.fromEntries(names.map((name, i) => [name, () => results[i]]))
    },
  }
  // `customGrad` takes one output only; what it calls takes several, but is not declared public.
  const { runKernelFunc } = engine() as unknown as {
    runKernelFunc: (kernel: CustomKernel) => Tensor[]
  }
  return runKernelFunc.call(engine(), kernel)
}
