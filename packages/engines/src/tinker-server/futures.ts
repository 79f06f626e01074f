import { isIcrlError } from '@icrl/core'
import { RequestError, notFound } from './request-error.ts'

/** What a request came to, in the encodings that clients read. */
export interface Result {
  json(): object
  /** Missing: the result is small, and JSON alone. */
  proto?(): Uint8Array
}

/** A result that is not there in time. */
export const PENDING: unique symbol = Symbol('pending')

/** Why a request failed, as clients read it. */
export interface Failure {
  readonly error: string
  /** `user`: the request; `server`: something else. */
  readonly category: 'user' | 'server'
}

interface Future {
  readonly settled: Promise<Result | Failure>
  /** When it settled, in milliseconds. */
  settledAt?: number
}

/** How long a result is kept once it is there, however often it is read. */
const KEPT_MS = 15 * 60_000

/** Results of requests that have a ticket. */
export class Futures {
  readonly #futures = new Map<string, Future>()
  readonly #most: number
  readonly #onError: (error: unknown) => void
  #count = 0

  /** @param most that may be unsettled at once */
  constructor(most: number, onError: (error: unknown) => void) {
    this.#most = most
    this.#onError = onError
  }

  /** @throws RequestError 429 if too many are unsettled */
  requireRoom(): void {
    this.#dropOld()
    const waiting = [...this.#futures.values()].filter(({ settledAt }) => settledAt === undefined)
    if (waiting.length >= this.#most)
      throw new RequestError(429, `${waiting.length} requests are waiting already.`)
  }

  /** Keeps what a request comes to; returns its ticket. */
  add(work: Promise<Result>): string {
    const id = `request_${++this.#count}`
    const future: Future = {
      settled: work
        .catch((error: unknown) => this.#failureOf(error))
        .finally(() => (future.settledAt = Date.now())),
    }
    this.#futures.set(id, future)
    return id
  }

  /**
   * The result of a ticket, or `PENDING` after a while.
   *
   * @throws RequestError 404 for a ticket that was never given, or long ago
   */
  async wait(id: string, milliseconds: number): Promise<Result | Failure | typeof PENDING> {
    const future = this.#futures.get(id)
    if (future === undefined) throw notFound(`request_id ${id}`)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<typeof PENDING>((resolve) => {
      timer = setTimeout(() => resolve(PENDING), milliseconds)
    })
    return Promise.race([future.settled, late]).finally(() => clearTimeout(timer))
  }

  #dropOld(): void {
    const before = Date.now() - KEPT_MS
    for (const [id, { settledAt }] of this.#futures)
      if (settledAt !== undefined && settledAt < before) this.#futures.delete(id)
  }

  #failureOf(error: unknown): Failure {
    if (error instanceof RequestError) return { error: error.message, category: 'user' }
    this.#onError(error)
    return isIcrlError(error)
      ? { error: error.message, category: 'user' }
      : { error: 'Internal Server Error', category: 'server' }
  }
}

/** Whether a request failed. */
export function isFailure(result: Result | Failure): result is Failure {
  return 'error' in result
}
