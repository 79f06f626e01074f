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
  | 'sessions-failed'
  | 'run-conflict'

/** What an {@link IcrlError} says beside its message. */
export interface IcrlErrorOptions {
  /** Kind of mistake. */
  readonly code: ErrorCode
  /** What to do about it, as an imperative sentence. */
  readonly remedy: string
  /** The error that led to it, if there was one. @defaultValue none */
  readonly cause?: unknown
  /**
   * Name of the option that is wrong, for whoever knows where it was written.
   *
   * @defaultValue none
   */
  readonly option?: string
  /**
   * True if whoever throws it has tried as often as makes sense, so that nobody who gets it should
   * try again.
   *
   * @defaultValue false
   */
  readonly triedEnough?: boolean
}

const ICRL_ERROR = 'icrl.error'

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
  /** What kind of failure it is, for a program to act on. */
  readonly code: ErrorCode
  /** What to do about it. */
  readonly remedy: string
  /** Name of the option that is wrong, if the error is about one. */
  declare readonly option?: string
  /** True if trying again was done, or is useless; absent otherwise. */
  declare readonly triedEnough?: boolean

  constructor(message: string, options: IcrlErrorOptions) {
    super(`${message} ${options.remedy}`, { cause: options.cause })
    this.name = 'IcrlError'
    this.code = options.code
    this.remedy = options.remedy
    if (options.option !== undefined) this.option = options.option
    if (options.triedEnough) this.triedEnough = true
    markError(this, ICRL_ERROR)
  }
}

/**
 * Gives an error a mark that other copies of its package know it by: a class is another class in
 * each copy, a registered symbol is the same in all. Errors of a class of your own get one in its
 * constructor. The mark is not seen where the error is printed.
 *
 * @param mark a name nobody else uses: package and class
 * @example
 * class QuotaError extends IcrlError {
 *   constructor(message: string) {
 *     super(message, { code: 'unavailable', remedy: 'Wait an hour.' })
 *     markError(this, 'my-engine.quota-error')
 *   }
 * }
 * const isQuotaError = (error: unknown): error is QuotaError =>
 *   isMarkedError(error, 'my-engine.quota-error')
 */
export function markError(error: Error, mark: string): void {
  Object.defineProperty(error, Symbol.for(mark), { value: true })
}

/**
 * True for what {@link markError} gave this mark, whichever copy of the package did.
 *
 * @example
 * isMarkedError(new Error('boom'), 'my-engine.quota-error') // false
 */
export function isMarkedError(error: unknown, mark: string): error is Error {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as Record<symbol, unknown>)[Symbol.for(mark)] === true
  )
}

/**
 * True for an `IcrlError` and those derived from it (with this code, if you give one), even if
 * another copy of this package threw it. The name of an error plays no part.
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
    isMarkedError(error, ICRL_ERROR) && (code === undefined || (error as IcrlError).code === code)
  )
}
