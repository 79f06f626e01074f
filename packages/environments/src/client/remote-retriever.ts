import { parsePassage } from '../searchqa/passage.ts'
import type { RetrievedPassage, Retriever } from '../searchqa/retriever.ts'
import { publicAddress } from '@icrl/core'
import { addressBelow } from './address-below.ts'
import { requestJson, RequestFailure } from './request-json.ts'
import { retry, startTries } from './retry.ts'
import { httpTransport, type Transport } from './transport.ts'

/** Options of {@link remoteRetriever}. */
export interface RemoteRetrieverOptions {
  /** Longest wait for an answer. @defaultValue 60,000 */
  readonly timeoutMs?: number
  /** Longest answer. @defaultValue 16 MiB */
  readonly maxBytes?: number
  /** Most sockets; further requests wait. @defaultValue 16 */
  readonly connections?: number
  /** Attempts after the first. @defaultValue 3 */
  readonly retries?: number
  /**
   * Pause before the second attempt; it doubles from there. A server's `Retry-After` takes
   * precedence, up to a minute.
   *
   * @defaultValue 200
   */
  readonly retryDelayMs?: number
  /**
   * Milliseconds after the first attempt within which the last one must begin.
   *
   * @defaultValue 300,000
   */
  readonly retryForMs?: number
  /** How requests are sent. @defaultValue HTTP over kept connections */
  readonly transport?: Transport
}

type Scored = { readonly document?: unknown; readonly score?: unknown } | null

/**
 * A retrieval server that speaks Search-R1's protocol:
 * `POST /retrieve {"queries", "topk", "return_scores": true}`. Scores are always requested, because
 * the original fails without.
 *
 * @throws RequestFailure (code `environment-failed`) from `retrieve`, after the retries
 * @example
 * import { generateCorpus, searchqa } from '@icrl/environments'
 *
 * const { train, test } = generateCorpus()
 * const environment = searchqa({
 *   retriever: remoteRetriever('http://127.0.0.1:8000'),
 *   questions: { train, test },
 * })
 */
export function remoteRetriever(url: string, options: RemoteRetrieverOptions = {}): Retriever {
  const {
    timeoutMs = 60_000,
    maxBytes = 16 * 1024 * 1024,
    connections = 16,
    retries = 3,
    retryDelayMs = 200,
    retryForMs = 300_000,
    transport = httpTransport(connections),
  } = options
  const address = addressBelow(url, '/retrieve')
  const shown = publicAddress(address)
  const ask = (
    queries: readonly string[],
    topk: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> =>
    retry(
      () =>
        requestJson(address, {
          method: 'POST',
          body: { queries, topk, return_scores: true },
          signal,
          timeoutMs,
          maxBytes,
          transport,
        }),
      startTries({ retries, retryDelayMs, retryForMs }),
      signal,
      // A search changes nothing: it may always be sent again.
      ({ kind }) => kind !== 'rejected',
    )
  const passageOf = (entry: unknown): RetrievedPassage => {
    const { document, score } = (entry as Scored) ?? {}
    return document === undefined
      ? { ...parsePassage(entry, shown), score: 0 }
      : { ...parsePassage(document, shown), score: typeof score === 'number' ? score : 0 }
  }
  return {
    retrieve: async (queries, topk, signal) => {
      if (queries.length === 0) return []
      const answer = await ask(queries, topk, signal)
      const result = (answer as { result?: unknown } | null)?.result
      if (
        !Array.isArray(result) ||
        result.length !== queries.length ||
        !result.every(Array.isArray)
      ) {
        throw new RequestFailure(
          `${shown}: no "result" with a list for each of ${queries.length} queries.`,
          'rejected',
        )
      }
      return result.map((list: unknown[]) => list.slice(0, topk).map(passageOf))
    },
  }
}
