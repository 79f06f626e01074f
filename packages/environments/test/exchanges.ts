import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** One request and its answer, as they went over HTTP. */
export interface Exchange {
  readonly method: string
  /** With query. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  readonly status: number
  readonly json?: unknown
  readonly text?: string
}

/** One recorded episode. */
export interface RecordedEpisode {
  readonly episode: string
  readonly exchanges: readonly Exchange[]
}

export function readExchanges(path: string): RecordedEpisode[] {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

type Answer = Pick<Exchange, 'status' | 'json' | 'text'>

const swap = (value: unknown, ids: ReadonlyMap<number, number>): unknown =>
  typeof value === 'number' ? (ids.get(value) ?? value) : value

/** The recorded id in a value becomes the server's. */
function translate(value: unknown, ids: ReadonlyMap<number, number>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'id'
        ? swap(inner, ids)
        : key === 'error' && typeof inner === 'string'
          ? errorText(inner, ids)
          : inner,
    ]),
  )
}

function errorText(text: string, ids: ReadonlyMap<number, number>): string {
  return text.replace(
    /(^|The id |environment )(-?\d+)(?=$| )/g,
    (_, before: string, id: string) => before + String(swap(Number(id), ids)),
  )
}

/** Of a validation error only kind and place. */
function comparable(answer: Answer): unknown {
  const detail = (answer.json as { detail?: unknown } | null | undefined)?.detail
  if (answer.status === 422 && Array.isArray(detail))
    return { status: 422, detail: detail.map(({ type, loc }) => ({ type, loc })) }
  return { status: answer.status, json: answer.json ?? null, text: answer.text ?? null }
}

/**
 * Sends recorded requests and compares the answers.
 *
 * @returns number of exchanges and the differences
 */
export async function replayExchanges(
  episodes: readonly RecordedEpisode[],
  send: (request: Pick<Exchange, 'method' | 'path' | 'body'>) => Promise<Answer>,
): Promise<{
  exchanges: number
  differences: { request: unknown; want: unknown; got: unknown }[]
}> {
  const differences: { request: unknown; want: unknown; got: unknown }[] = []
  let count = 0
  for (const { exchanges } of episodes) {
    const ids = new Map<number, number>()
    for (const exchange of exchanges) {
      const path = exchange.path.replace(
        /\bid=(-?\d+)/,
        (_, id: string) => `id=${swap(Number(id), ids)}`,
      )
      const request = {
        method: exchange.method,
        path,
        ...(exchange.body
          ? { body: translate(exchange.body, ids) as Readonly<Record<string, unknown>> }
          : {}),
      }
      const got = await send(request)
      if (exchange.path.endsWith('/create'))
        ids.set((exchange.json as { id: number }).id, (got.json as { id: number }).id)
      const want = comparable({ ...exchange, json: translate(exchange.json, ids) })
      count++
      if (JSON.stringify(sorted(want)) !== JSON.stringify(sorted(comparable(got))))
        differences.push({ request, want, got: comparable(got) })
    }
  }
  return { exchanges: count, differences }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
