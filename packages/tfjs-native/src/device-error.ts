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

/** Who holds a device's memory where it is short. */
export interface Shortage extends Pick<
  CudaMemory,
  'numBytesLive' | 'numBytesFree' | 'numBytesScratch'
> {
  /** Of the device, held by nobody. */
  readonly free: number
  /** All of the device. */
  readonly total: number
}

/** An error of the addon as one of the project's; others stay what they are. */
export function deviceErrorFrom(error: unknown, what: string, shortage?: Shortage): unknown {
  if (isOutOfMemory(error))
    return new CudaError(
      `backend native-cuda: out of memory for ${what} (${(error as Error).message}).${shortage === undefined ? '' : heldBy(shortage)}`,
      'Take fewer tokens at once (engine.packTokens, concurrency), keep less of the activations (engine.keep: attention or inputs), train an adapter, or free the card of other processes.',
      error,
    )
  if (!hasCode(error, 'ERR_DEVICE')) return error
  const { message } = error as Error
  return new CudaError(
    `backend native-cuda: ${what}: ${message}.`,
    `${message.includes(LOST) ? 'Start the process again, a run with --resume from its last checkpoint' : 'Start the process again'}; if it fails again, try backend native-cpu, and report it with the output of \`icrl doctor\`.`,
    error,
  )
}

/** What the addon adds to an error after which the driver answers nothing else. */
const LOST = 'this process cannot use the device again'

function heldBy({ numBytesLive, numBytesFree, numBytesScratch, free, total }: Shortage): string {
  const others = total - free - numBytesLive - numBytesFree - numBytesScratch
  return [
    ` Tensors hold ${mebibytes(numBytesLive)}, kernels ${mebibytes(numBytesScratch)}`,
    others >= 2 ** 20 ? `, other processes and the driver ${mebibytes(others)}` : '',
    `; ${mebibytes(free)} are free.`,
  ].join('')
}

/** What to do where a device does not open, by what the addon says: the first that fits. */
const OPENING: readonly (readonly [RegExp, string])[] = [
  [
    /holds no code for sm_/,
    'Its kernels are for GPUs from sm_80 (Ampere) on and a driver from 580 on: update the driver, or build them for a newer GPU (`node packages/tfjs-native/scripts/build-cuda.mjs` in this repository); otherwise take backend native-cpu.',
  ],
  [/UNSUPPORTED_PTX_VERSION/, 'Update the driver: the code of the kernels needs 580 or newer.'],
  [
    /OUT_OF_MEMORY|DEVICE_UNAVAILABLE/,
    'Another process holds the card: `nvidia-smi` lists them. End it, or choose another GPU with ICRL_CUDA_DEVICE.',
  ],
]

/** What to do about a device that does not open. */
export function openingRemedy(message: string): string {
  const known = OPENING.find(([pattern]) => pattern.test(message))
  return (
    known?.[1] ??
    'Look at `nvidia-smi`: another process may hold the card, or the driver may be older than 580.'
  )
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
