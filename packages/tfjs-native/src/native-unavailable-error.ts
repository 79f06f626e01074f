/**
 * The native backend cannot run here: its addon can be neither compiled nor loaded, or the machine
 * lacks the instruction set. It carries the project's error fields (`code`, `remedy`) and mark, so
 * `isIcrlError(error, 'unavailable')` of `@icrl/core` recognizes it, though this package does not
 * import that one.
 *
 * @example
 * import { isIcrlError } from '@icrl/core'
 * try {
 *   registerNativeCpu()
 * } catch (error) {
 *   if (isIcrlError(error, 'unavailable')) console.error(error.remedy)
 *   else throw error
 * }
 */
export class NativeUnavailableError extends Error {
  /** As an `IcrlError` has it. */
  readonly code = 'unavailable' as const
  /** What to do about it. */
  readonly remedy: string

  constructor(message: string, remedy: string, cause?: unknown) {
    super(`${message} ${remedy}`, { cause })
    this.name = 'NativeUnavailableError'
    this.remedy = remedy
    Object.defineProperty(this, Symbol.for('icrl.error'), { value: true })
  }
}
