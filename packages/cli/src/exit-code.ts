import { isIcrlError } from '@icrl/core'
import { CommanderError } from 'commander'
import { colorsOf } from './colors.ts'

/**
 * The exit code of the process: 0 done, 1 failed, 2 wrong usage, 3 paused and to be resumed, 130
 * stopped at once.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, paused: 3, stopped: 130 } as const

/** The exit code of an error a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  return isIcrlError(error, 'invalid-option') ? EXIT.usage : EXIT.failed
}

/** An error as text: what was wrong, then what to do. Unexpected errors keep their stack. */
export function errorInWords(error: unknown): string {
  const pc = colorsOf(process.stderr)
  if (!isIcrlError(error))
    return `${pc.red('unexpected error')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  const what = error.message.endsWith(error.remedy)
    ? error.message.slice(0, -error.remedy.length).trimEnd()
    : error.message
  const thrown = error.code === 'sessions-failed' && stackOf(error.cause)
  return `${pc.red(`error (${error.code})`)} ${what}\n${thrown ? `${pc.dim(thrown)}\n` : ''}${pc.bold('→')} ${error.remedy}`
}

/** Where the error behind our own ones was thrown; nothing if they say themselves what is wrong. */
function stackOf(cause: unknown): string | undefined {
  if (isIcrlError(cause)) return stackOf(cause.cause)
  return cause instanceof Error ? cause.stack : undefined
}
