import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

/** A request that a server got. */
export interface Seen {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Record<string, unknown>
}

/** Answers a request. */
export type Answer = (response: ServerResponse) => void

export const json =
  (status: number, value: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
      .end(JSON.stringify(value))

export interface AnsweringServer {
  /** Up to the version. */
  readonly baseUrl: string
  readonly seen: readonly Seen[]
}

/** Real servers for the tests of a file, closed after each of them. */
export function answeringServers(): {
  /** A server that gives these answers in order, the last one over and over. */
  server(...answers: Answer[]): Promise<AnsweringServer>
  closeNewest(): Promise<void>
} {
  const closing: (() => Promise<void>)[] = []
  afterEach(() => Promise.all(closing.splice(0).map((close) => close())))
  return {
    async server(...answers) {
      const seen: Seen[] = []
      const http = createServer(async (request, response) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        seen.push({
          url: request.url ?? '',
          headers: request.headers,
          body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
        })
        answers[Math.min(seen.length, answers.length) - 1](response)
      })
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
      closing.push(
        () => new Promise((resolve) => (http.closeAllConnections(), http.close(() => resolve()))),
      )
      return { baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`, seen }
    },
    closeNewest: async () => closing.pop()?.(),
  }
}
