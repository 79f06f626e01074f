import { isIcrlError } from '@icrl/core'

/** A request that is refused: its status and, as `detail`, why. */
export class RequestError extends Error {
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}

/** Somebody asked for what is not there. */
export function notFound(what: string): RequestError {
  return new RequestError(404, `${what} is not here.`)
}

/** A body that says something that cannot be. */
export function unprocessable(what: string): RequestError {
  return new RequestError(422, what)
}

/** What a client is told of an error: of one that nobody foresaw, nothing. */
export function refusalOf(error: unknown): RequestError {
  if (error instanceof RequestError) return error
  return isIcrlError(error)
    ? new RequestError(422, error.message)
    : new RequestError(500, 'Internal Server Error')
}
