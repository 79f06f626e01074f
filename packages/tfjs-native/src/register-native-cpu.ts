import { availableParallelism } from 'node:os'
import { findBackend, getKernelsForBackend, registerBackend } from '@tensorflow/tfjs-core'
import type { CpuAddon } from './addon.ts'
import { nativeKernels } from './kernels/native-kernels.ts'
import { loadAddon } from './load-addon.ts'
import { NativeCpuBackend } from './native-cpu-backend.ts'
import { NativeUnavailableError } from './native-unavailable-error.ts'
import { registerKernels } from './register-kernels.ts'

/** Vector instructions of the kernels; each gives the same bits. */
export type InstructionSet = 'scalar' | 'avx2' | 'avx512' | 'neon'

/** Options of {@link registerNativeCpu}. */
export interface NativeCpuOptions {
  /**
   * Threads, from 1 to 256, the calling one included. Results do not depend on it.
   *
   * @defaultValue `ICRL_THREADS`, or one per core, at most 16
   */
  readonly threads?: number
  /** Results do not depend on it. @defaultValue `ICRL_ISA`, or the best this machine has */
  readonly isa?: InstructionSet
}

/** What runs the kernels. */
export interface NativeCpu {
  /** Instruction set that its kernels use. */
  readonly isa: InstructionSet
  /** Threads that share a kernel. */
  readonly threads: number
}

const NAME = 'native-cpu'
let addon: CpuAddon | undefined
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
  addon ??= loadAddon('native')
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
  if (!isRegistered()) {
    const loaded = addon
    registerBackend(NAME, () => new NativeCpuBackend(loaded, () => isaInUse), 3)
    registerKernels(NAME, nativeKernels)
  }
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
