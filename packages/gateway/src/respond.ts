import type { AnswerFacts, Dialect } from './dialects/dialect.ts'
import { type BookedCall, refusalOf } from './session.ts'

/** A call as it is answered; what the ledger says of it is missing outside a session. */
type AnsweredCall = Partial<BookedCall> & Pick<BookedCall, 'live'>

/** The response to a call, whole or as a stream, with what the ledger says of it in its headers. */
export function respond(
  dialect: Dialect,
  call: AnsweredCall,
  facts: AnswerFacts,
): Response | Promise<Response> {
  const headers = bookedHeaders(call)
  return facts.request.stream
    ? streamed(dialect, call.live, facts, headers)
    : whole(dialect, call.live, facts, headers)
}

function bookedHeaders({ kind, call, overruled }: Partial<BookedCall>): Record<string, string> {
  if (kind === undefined) return {}
  return {
    'x-icrl-ledger': kind,
    'x-icrl-call': String(call),
    ...(overruled && overruled.length > 0 && { 'x-icrl-overruled': overruled.join(', ') }),
  }
}

async function whole(
  dialect: Dialect,
  { reply }: BookedCall['live'],
  facts: AnswerFacts,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return Response.json(dialect.answer(await reply, facts), { headers })
}

/** Each reader pulls at its own pace: what it has not read yet waits in the answer, once for all. */
function streamed(
  dialect: Dialect,
  live: BookedCall['live'],
  facts: AnswerFacts,
  headers: Readonly<Record<string, string>>,
): Response {
  const encoder = new TextEncoder()
  const events = eventsOf(dialect, live, facts)
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await events.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await events.return()
    },
  })
  const kind = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(body, { headers: { ...kind, ...headers } })
}

async function* eventsOf(
  dialect: Dialect,
  live: BookedCall['live'],
  facts: AnswerFacts,
): AsyncGenerator<string, void> {
  const writer = dialect.stream(facts)
  yield writer.begin()
  try {
    for await (const delta of live.deltas()) {
      const words = writer.delta(delta)
      if (words !== '') yield words
    }
    yield writer.end(await live.reply)
  } catch (error) {
    yield writer.fail(refusalOf(error).refusal)
  }
}
