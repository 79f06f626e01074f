/** A request as an app sees it. */
export interface AppRequest {
  readonly method: string
  /** Path without query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Parsed JSON; undefined if there is no body. */
  readonly body: unknown
}

/** An answer: JSON, or plain text. */
export interface AppReply {
  readonly status: number
  readonly json?: unknown
  readonly text?: string
}

/** What a server answers, apart from the transport. */
export interface HttpApp {
  readonly name: string
  /** Answers one request. */
  handle(request: AppRequest): AppReply | Promise<AppReply>
}

/** An answer with status 200. */
export function reply(json: unknown): AppReply {
  return { status: 200, json }
}
