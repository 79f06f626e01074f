/** A request as an app sees it. */
export interface AppRequest {
  /** HTTP method. */
  readonly method: string
  /** Path without query. */
  readonly path: string
  /** What stands after the question mark. */
  readonly query: URLSearchParams
  /** Parsed JSON; undefined if there is no body. */
  readonly body: unknown
}

/** An answer: JSON, or plain text. */
export interface AppReply {
  /** HTTP status. */
  readonly status: number
  /** The body, to be written as JSON. */
  readonly json?: unknown
  /** The body, as it is. */
  readonly text?: string
}

/** What a server answers, apart from the transport. */
export interface HttpApp {
  /** As it stands in messages. */
  readonly name: string
  /** Answers one request. */
  handle(request: AppRequest): AppReply | Promise<AppReply>
}

/** An answer with status 200. */
export function reply(json: unknown): AppReply {
  return { status: 200, json }
}
