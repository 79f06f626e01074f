/**
 * The native backend cannot run here: no compiled addon, one of another version, or an instruction
 * set the machine lacks. Carries the project's error fields (`code`, `remedy`), so that
 * `isIcrlError` of `@icrl/core` recognizes it, though this package does not import it.
 *
 * @example
 * try {
 *   await registerNativeCpu()
 * } catch (error) {
 *   if (error instanceof NativeUnavailableError) console.error(error.remedy)
 *   else throw error
 * }
 */
export class NativeUnavailableError extends Error {
  readonly code = 'unavailable' as const
  readonly remedy: string

  constructor(message: string, remedy: string, cause?: unknown) {
    super(`${message} ${remedy}`, { cause })
    this.name = 'IcrlError'
    this.remedy = remedy
  }
}
