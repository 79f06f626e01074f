import { CommanderError } from 'commander'
import { isIcrlError } from '@icrl/core'

/**
 * What the process ends with: 0 done, 1 failed, 2 not understood, 3 paused and to be resumed, 130
 * stopped at once.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, paused: 3, stopped: 130 } as const

/** The exit code of an error a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  return isIcrlError(error, 'invalid-option') ? EXIT.usage : EXIT.failed
}
