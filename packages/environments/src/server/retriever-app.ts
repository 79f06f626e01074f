import type { Retriever } from '../searchqa/retriever.ts'
import { reply, type HttpApp } from './app.ts'

/**
 * A retriever behind Search-R1's protocol:
 * `POST /retrieve {"queries": […], "topk": 3 | null, "return_scores": false}` answers
 * `{"result": [[document …] …]}`, with scores `[[{"document", "score"} …] …]`.
 *
 * @param topk used if the request names none
 * @example
 * import { bm25Retriever, generateCorpus } from '@icrl/environments'
 *
 * const server = await serve(retrieverApp(bm25Retriever(generateCorpus().passages)), {
 *   port: 8000,
 * })
 */
export function retrieverApp(retriever: Retriever, topk = 3): HttpApp {
  return {
    name: 'retriever',
    handle: async ({ method, path, body }) => {
      if (path !== '/retrieve') return { status: 404, json: { detail: 'Not Found' } }
      if (method !== 'POST') return { status: 405, json: { detail: 'Method Not Allowed' } }
      const {
        queries,
        topk: wanted,
        return_scores: withScores,
      } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<
        Record<string, unknown>
      >
      if (!Array.isArray(queries) || !queries.every((query) => typeof query === 'string')) {
        return {
          status: 422,
          json: {
            detail: [
              {
                type: queries === undefined ? 'missing' : 'list_type',
                loc: ['body', 'queries'],
                msg: 'Give "queries", a list of texts',
                input: queries ?? null,
              },
            ],
          },
        }
      }
      const count =
        typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= 0
          ? Math.min(wanted, 1000)
          : topk
      const found = await retriever.retrieve(queries, count)
      return reply({
        result: found.map((passages) =>
          passages.map(({ id, contents, score }) =>
            withScores === true ? { document: { id, contents }, score } : { id, contents },
          ),
        ),
      })
    },
  }
}
