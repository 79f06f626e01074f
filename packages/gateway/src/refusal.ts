/**
 * A request that is answered with an error, on purpose: its status, a code for programs, and a
 * sentence that says what cannot be honoured.
 */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** What carries a {@link Refusal} to where requests are answered. */
export class RefusalError extends Error {
  readonly refusal: Refusal

  constructor(status: number, code: string, message: string) {
    super(message)
    this.refusal = { status, code, message }
  }
}

/** Refuses what the request asks for: status 400. */
export function refuse(message: string, code = 'invalid_request'): never {
  throw new RefusalError(400, code, message)
}

/** Refuses what a client might take for granted: it is never ignored silently. */
export function unsupported(what: string): never {
  return refuse(`${what} is not supported here.`, 'unsupported')
}
