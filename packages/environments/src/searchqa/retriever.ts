import type { Passage } from './passage.ts'

export interface RetrievedPassage extends Passage {
  readonly score: number
}

/** Finds passages for queries: here over a local index, or over the network. */
export interface Retriever {
  /** For each query the passages that fit best, the best first; at most `topk`. */
  retrieve(
    queries: readonly string[],
    topk: number,
    signal?: AbortSignal,
  ): Promise<RetrievedPassage[][]>
}
