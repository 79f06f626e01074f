import type { CudaMemory } from './native-cuda-backend.ts'

/**
 * A GPU could not do what was asked, or has no memory left for it. It
 * carries the project's error fields and mark, so `isIcrlError` of `@icrl/core` recognizes it.
 *
 * @example
 * import { isIcrlError } from '@icrl/core'
 * declare const step: () => void
 * try {
 *   step()
 * } catch (error) {
 *   if (isIcrlError(error)) console.error(error.remedy)
 *   else throw error
 * }
 */
export class CudaError extends Error {
  /** As an `IcrlError` has it. */
  readonly code = 'unavailable' as const
  /** What to do about it. */
  readonly remedy: string

  constructor(message: string, remedy: string, cause?: unknown) {
    super(`${message} ${remedy}`, { cause })
    this.name = 'CudaError'
    this.remedy = remedy
    Object.defineProperty(this, Symbol.for('icrl.error'), { value: true })
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

/** Whether the addon's error says that the device has no memory left. */
export const isOutOfMemory = (error: unknown): boolean => hasCode(error, 'ERR_OUT_OF_MEMORY')

/** An error of the addon as one of the project's; others stay what they are. */
export function deviceErrorFrom(
  error: unknown,
  what: string,
  memory?: CudaMemory,
  free?: number,
): unknown {
  if (isOutOfMemory(error)) {
    const held =
      memory === undefined
        ? ''
        : ` Tensors hold ${mebibytes(memory.numBytesLive)}, kernels ${mebibytes(memory.numBytesScratch)}; ${mebibytes(free ?? 0)} are free.`
    return new CudaError(
      `backend native-cuda: out of memory for ${what} (${(error as Error).message}).${held}`,
      'Take fewer tokens at once (engine.packTokens, concurrency), keep less of the activations (engine.keep: attention or inputs), train an adapter, or free the card of other processes.',
      error,
    )
  }
  if (!hasCode(error, 'ERR_DEVICE')) return error
  return new CudaError(
    `backend native-cuda: ${what}: ${(error as Error).message}.`,
    'Start the process again; if it fails again, try backend native-cpu, and report it with the output of `icrl doctor`.',
    error,
  )
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
