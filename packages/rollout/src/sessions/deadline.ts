import { IcrlError } from '@icrl/core'

/** A signal that is aborted by `abort` or by the clock. Dispose of it to stop the clock. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

/**
 * A signal that aborts with a `timeout` error after `milliseconds`; without them, never.
 *
 * Two built-ins are avoided on purpose. The timer of `AbortSignal.timeout` does not keep the
 * process alive, so a session stuck in an environment would end the program instead of timing out.
 * And `AbortSignal.any` over one shared signal adds a listener per session, which Node reports as a
 * leak.
 */
export function deadline(milliseconds: number | undefined, what: string): Deadline {
  const controller = new AbortController()
  const timer =
    milliseconds === undefined
      ? undefined
      : setTimeout(() => controller.abort(timedOut(what, milliseconds)), milliseconds)
  return {
    signal: controller.signal,
    abort(reason) {
      controller.abort(reason)
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
    },
  }
}

function timedOut(what: string, milliseconds: number): IcrlError {
  return new IcrlError(`${what} took longer than ${milliseconds} ms.`, {
    code: 'timeout',
    remedy: 'Raise the time limit, or find what hangs.',
  })
}
