import type { IncomingMessage } from 'node:http'

/**
 * A request of Node's HTTP as a web-standard one.
 *
 * @throws TypeError for an address that is none
 */
export function requestOf(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  { body, signal }: { readonly body?: Uint8Array; readonly signal?: AbortSignal } = {},
): Request {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each): [string, string] => [name, each]),
  )
  const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined && body.length > 0
  return new Request(new URL(url, `http://${headers.host ?? 'localhost'}`), {
    method,
    headers: pairs,
    ...(signal && { signal }),
    ...(hasBody && { body: new Uint8Array(body) }),
  })
}
