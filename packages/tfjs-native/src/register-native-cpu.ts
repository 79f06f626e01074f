import { availableParallelism } from 'node:os'
import {
  findBackend,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
} from '@tensorflow/tfjs-core'
import type { KernelFunc } from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import type { Addon } from './addon.ts'
import { nativeKernels } from './kernels/native-kernels.ts'
import { loadAddon } from './load-addon.ts'
import { NativeCpuBackend } from './native-cpu-backend.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'

/** Vector instructions of the kernels; each gives the same bits. */
export type InstructionSet = 'scalar' | 'avx2' | 'avx512' | 'neon'

/** Options of {@link registerNativeCpu}. */
export interface NativeCpuOptions {
  /**
   * Threads, from 1 to 256, the calling one included; default `ICRL_THREADS`, or one per core, at
   * most 16. Results do not depend on it.
   */
  readonly threads?: number
  /** Default `ICRL_ISA`, or the best this machine has. Results do not depend on it. */
  readonly isa?: InstructionSet
}

/** What runs the kernels. */
export interface NativeCpu {
  readonly isa: InstructionSet
  readonly threads: number
}

const NAME = 'native-cpu'
let addon: Addon | undefined
let isaInUse = ''

/**
 * Registers the TensorFlow.js backend `native-cpu`; `tf.setBackend('native-cpu')` then selects it.
 * Called again, it only changes threads and instruction set. If there is no addon for this machine,
 * it compiles one first, which takes about a minute, and says so on standard error.
 *
 * @returns what runs the kernels.
 * @throws NativeUnavailableError if the addon cannot be compiled or loaded or the instruction set
 * is not available; RangeError for a wrong number of threads.
 *
 * @example
 * registerNativeCpu({ threads: 2 }) // { isa: 'avx512', threads: 2 }
 */
export function registerNativeCpu(options: NativeCpuOptions = {}): NativeCpu {
  addon ??= loadAddon()
  const threads = threadsFrom(options)
  const wanted = options.isa ?? process.env['ICRL_ISA'] ?? ''
  const isa = addon.configure(wanted, threads)
  if (isa === undefined) {
    throw new NativeUnavailableError(
      `backend native-cpu: the instruction set "${wanted}" (ICRL_ISA or option isa) is not available here.`,
      `Choose one of ${addon.instructionSets.join(', ')}, or none for the best.`,
    )
  }
  isaInUse = isa
  if (!isRegistered()) register(addon)
  return { isa: isa as InstructionSet, threads }
}

function isRegistered(): boolean {
  return getKernelsForBackend(NAME).length > 0 && findBackend(NAME) !== null
}

function threadsFrom({ threads }: NativeCpuOptions): number {
  const given =
    threads ??
    (process.env['ICRL_THREADS']
      ? Number(process.env['ICRL_THREADS'])
      : Math.min(16, availableParallelism()))
  if (Number.isInteger(given) && given >= 1 && given <= 256) return given
  throw new RangeError(
    `backend native-cpu: ${given} threads (ICRL_THREADS or option threads): give a whole number from 1 to 256`,
  )
}

/**
 * Registers the native kernel if there is one and it takes the inputs, and otherwise the kernel of
 * backend `cpu`.
 */
function register(loaded: Addon): void {
  registerBackend(NAME, () => new NativeCpuBackend(loaded, () => isaInUse), 3)
  const natives = new Map(nativeKernels.map((kernel) => [kernel.name, kernel.run as NativeRun]))
  for (const config of getKernelsForBackend('cpu')) {
    const native = natives.get(config.kernelName)
    natives.delete(config.kernelName)
    registerKernel({
      ...config,
      backendName: NAME,
      kernelFunc: withFallback(native, config.kernelFunc),
    })
  }
  for (const [kernelName, run] of natives)
    registerKernel({ kernelName, backendName: NAME, kernelFunc: run as KernelFunc })
}

type Call = Parameters<KernelFunc>[0]
type NativeRun = (call: Call) => ReturnType<KernelFunc> | undefined

function withFallback(native: NativeRun | undefined, fallback: KernelFunc): KernelFunc {
  const run = (call: Call): ReturnType<KernelFunc> =>
    (call.backend as NativeCpuBackend).runFallback(() => fallback(call))
  return native === undefined ? run : (call) => native(call) ?? run(call)
}
