import { IcrlError } from '@icrl/core'
import MiniSearch from 'minisearch'
import type { Passage } from './passage.ts'
import type { RetrievedPassage, Retriever } from './retriever.ts'

/** Options of {@link bm25Retriever}. */
export interface Bm25Options {
  /** Saturation of a word's frequency. @defaultValue 0.9 */
  readonly k1?: number
  /** Share of the correction for length. @defaultValue 0.4 */
  readonly b?: number
}

/** Lucene's list: words so common that they say nothing, but take most of a search's time. */
const stopWords = new Set(
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  ),
)

/**
 * Runs of letters, digits and underscores, without diacritics: "Ștefan" and "stefan" are one word.
 */
function tokenize(text: string): string[] {
  const words =
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+/gu) ?? []
  return words.filter((word) => !stopWords.has(word))
}

const longestQuery = 2000

/**
 * BM25 over passages, indexed by MiniSearch:
 *
 *     Σ_w ln(1 + (N − n_w + ½)/(n_w + ½)) · f_w (k₁ + 1) / (f_w + k₁ (1 − b + b · length/mean length))
 *
 * Robertson and Zaragoza 2009, with Anserini's k₁ = 0.9 and b = 0.4, Lucene's stop words and no
 * stemming. As in MiniSearch, a passage's length is its number of distinct words. The index is in
 * memory, for corpora of some hundred thousand passages; beyond that use a retrieval server
 * (`remoteRetriever`).
 *
 * @throws IcrlError `invalid-option` if two passages share an id
 * @example
 * const retriever = bm25Retriever([{ id: '0', contents: '"Ghent"\nA city in Flanders.' }])
 * const [[best]] = await retriever.retrieve(['Where is Ghent?'], 3)
 */
export function bm25Retriever(passages: readonly Passage[], options: Bm25Options = {}): Retriever {
  const { k1 = 0.9, b = 0.4 } = options
  const byId = new Map(passages.map((passage) => [passage.id, passage]))
  if (byId.size < passages.length)
    throw new IcrlError('corpus: two passages have one id.', {
      code: 'invalid-option',
      remedy: 'Give each its own.',
    })
  const index = new MiniSearch<Passage>({
    fields: ['contents'],
    idField: 'id',
    tokenize,
    processTerm: (word) => word,
    searchOptions: { bm25: { k: k1, b, d: 0 } },
  })
  index.addAll(passages)
  const search = (query: string, topk: number): RetrievedPassage[] =>
    index
      .search(query.slice(0, longestQuery))
      // MiniSearch multiplies BM25 by the number of query words matched.
      .map(({ id, score, queryTerms }): RetrievedPassage => ({
        ...byId.get(id)!,
        score: score / Math.max(1, queryTerms.length),
      }))
      .sort((x, y) => y.score - x.score)
      .slice(0, topk)
  return { retrieve: async (queries, topk) => queries.map((query) => search(query, topk)) }
}
