import { isIcrlError } from '@icrl/core'
import { colorsOf } from './colors.ts'

/**
 * An error as a person reads it: what was wrong, then what to do. Unforeseen ones keep their stack.
 */
export function errorInWords(error: unknown): string {
  const pc = colorsOf(process.stderr)
  if (!isIcrlError(error))
    return `${pc.red('unexpected error')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  const what = error.message.endsWith(error.remedy)
    ? error.message.slice(0, -error.remedy.length).trimEnd()
    : error.message
  return `${pc.red(`error (${error.code})`)} ${what}\n${pc.bold('→')} ${error.remedy}`
}
