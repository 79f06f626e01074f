import { IcrlError } from '@icrl/core'
import { type Ticket, ticket } from '../protocol/messages.ts'
import { malformed, readMessage } from '../protocol/refuse.ts'
import type { Answer, Transport } from './transport.ts'
import { type Deadline, deadlineIn, now, waitForRetry } from './wait.ts'

/** One poll is cut off after this long, as the official SDK does; the result is not lost by it. */
const POLL_CUT_OFF = 45_000

/** A request that a server took, and when its result must be there. */
export interface Pending {
  readonly ticket: Ticket
  readonly deadline: Deadline
}

/** Submits requests and waits for their results: one deadline for both. */
export class Futures {
  readonly #transport: Transport
  readonly #milliseconds: number

  constructor(transport: Transport, milliseconds: number) {
    this.#transport = transport
    this.#milliseconds = milliseconds
  }

  /** @param repeatable whether the server may get it twice */
  async submit(
    path: string,
    body: object | Uint8Array,
    what: string,
    repeatable: boolean,
  ): Promise<Pending> {
    const deadline = deadlineIn(this.#milliseconds, what)
    const answer = await this.#transport.post(path, body, { deadline, repeatable })
    if (!('json' in answer)) throw malformed(`${what}: the ticket is not JSON.`)
    return { ticket: readMessage(ticket, answer.json, what), deadline }
  }

  /** @throws Refusal, IcrlError `timeout`; of the reader for an answer that is not the result's */
  async result<T>({ ticket, deadline }: Pending, read: (answer: Answer) => T): Promise<T> {
    for (let tries = 0; ; tries++) {
      const asked = now()
      const answer = await this.#transport.post(
        '/retrieve_future',
        { request_id: ticket.request_id },
        { deadline, repeatable: true, cutOff: POLL_CUT_OFF },
      )
      if (!isPending(answer)) return read(settled(answer, deadline.what))
      // Whoever holds the connection has waited already; whoever does not is asked less and less.
      if (now() - asked < 1000) await waitForRetry(Math.min(tries, 3), deadline)
    }
  }
}

function isPending(answer: Answer): boolean {
  if (!('json' in answer)) return false
  const { type, status } = Object(answer.json)
  return type === 'try_again' || status === 'pending'
}

/** Hosted Tinker reports a failed request as a result: `{ error, category }`. */
function settled(answer: Answer, what: string): Answer {
  const error: unknown = 'json' in answer ? Object(answer.json).error : undefined
  if (typeof error !== 'string') return answer
  throw new IcrlError(`${what}: the server says: ${error}`, {
    code: 'unavailable',
    remedy: 'Read the server’s words, and resume from the last checkpoint.',
    triedEnough: true,
  })
}
