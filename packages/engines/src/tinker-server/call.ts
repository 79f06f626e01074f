import type { Result } from './futures.ts'
import { RequestError, unprocessable } from './request-error.ts'
import type { TinkerState } from './tinker-state.ts'
import type { TrainedModel } from './trained-model.ts'

/** A request, as a route sees it. */
export interface Call {
  readonly state: TinkerState
  readonly request: Request
  readonly url: URL
  /** What stands in the path for `:name`. */
  readonly at: Readonly<Record<string, string>>
  /** The bytes of the body. */
  readonly body: Uint8Array
}

/** Reads the body as JSON. @throws RequestError 415, 422 */
export function json({ request, body }: Call): Record<string, unknown> {
  const type = request.headers.get('content-type') ?? ''
  if (!type.startsWith('application/json'))
    throw new RequestError(415, `Content-Type ${type}: send application/json.`)
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw unprocessable('The body is no JSON object.')
}

export const small = (value: object): Result => ({ json: () => value })

/** What a submitted request is answered with. */
export const submitted = (requestId: string, more: object = {}): object => ({
  future_id: requestId,
  request_id: requestId,
  status: 'pending',
  ...more,
})

/** A call of a model, counted, so that nothing runs twice that is sent twice. */
export function once(
  { state, url, body }: Call,
  model: TrainedModel,
  seqId: number | null | undefined,
  work: () => Promise<Result>,
  more: object = {},
): object {
  const content = Buffer.concat([Buffer.from(url.pathname), body])
  const requestId = model.once(seqId, content, () => state.ticket(work))
  return submitted(requestId, { model_id: model.record.id, ...more })
}
