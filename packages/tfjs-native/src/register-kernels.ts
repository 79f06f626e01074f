import { getKernelsForBackend, registerKernel } from '@tensorflow/tfjs-core'
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import type { NativeKernel } from './kernels/native-kernel.ts'

type Call = Parameters<KernelFunc>[0]
type Result = TensorInfo | TensorInfo[]
type NativeRun = (call: Call) => Result | undefined

/** A backend that can run the kernels of TensorFlow.js's backend `cpu`. */
interface WithFallback {
  runFallback(kernel: string, run: () => Result): Result
}

/**
 * Registers the native kernel if there is one and it takes the inputs, and otherwise the kernel of
 * backend `cpu`.
 */
export function registerKernels(backendName: string, kernels: readonly NativeKernel[]): void {
  const natives = new Map(kernels.map((kernel) => [kernel.name, kernel.run as NativeRun]))
  for (const config of getKernelsForBackend('cpu')) {
    const { kernelName, kernelFunc } = config
    const native = natives.get(kernelName)
    natives.delete(kernelName)
    const fallback = (call: Call): Result =>
      (call.backend as unknown as WithFallback).runFallback(
        kernelName,
        () => kernelFunc(call) as Result,
      )
    const run = native === undefined ? fallback : (call: Call) => native(call) ?? fallback(call)
    registerKernel({ ...config, backendName, kernelFunc: run })
  }
  for (const [kernelName, run] of natives)
    registerKernel({ kernelName, backendName, kernelFunc: run as KernelFunc })
}
