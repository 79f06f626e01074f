/** What an error is about; stable across versions, for programs to match on. */
export type ErrorCode =
  | 'invalid-option'
  | 'invalid-shape'
  | 'missing-file'
  | 'corrupt-file'
  | 'write-failed'
  | 'vocabulary-mismatch'
  | 'context-exceeded'
  | 'empty-tasks'
  | 'non-finite'
  | 'unsupported'
  | 'unavailable'
  | 'environment-failed'
  | 'timeout'
  | 'aborted'
  | 'ledger-unbalanced'
  | 'run-conflict'

/** What an {@link IcrlError} says beside its message. */
export interface IcrlErrorOptions {
  /** Kind of mistake. */
  readonly code: ErrorCode
  /** What to do about it, as an imperative sentence. */
  readonly remedy: string
  readonly cause?: unknown
}

/**
 * Every error this project throws on purpose. It says what was wrong and where, and what to do
 * (`remedy`); `message` holds both. `code` is for programs.
 *
 * @example
 * throw new IcrlError('tasks.jsonl, line 3: not JSON', {
 *   code: 'corrupt-file',
 *   remedy: 'Fix or remove the line.',
 * })
 */
export class IcrlError extends Error {
  readonly code: ErrorCode
  readonly remedy: string

  constructor(message: string, options: IcrlErrorOptions) {
    super(`${message} ${options.remedy}`, { cause: options.cause })
    this.name = 'IcrlError'
    this.code = options.code
    this.remedy = options.remedy
  }
}

/**
 * True for an `IcrlError` (with this code, if you give one), even if another copy of this package
 * threw it.
 *
 * @example
 * try {
 *   decodeSample('{}')
 * } catch (error) {
 *   if (isIcrlError(error, 'corrupt-file')) console.error(error.remedy)
 *   else throw error
 * }
 */
export function isIcrlError(error: unknown, code?: ErrorCode): error is IcrlError {
  return (
    error instanceof Error &&
    error.name === 'IcrlError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  )
}
