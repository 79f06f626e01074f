import type { Passage } from './passage.ts'

export interface RetrievedPassage extends Passage {
  /** The higher, the better it fits. */
  readonly score: number
}

/** Finds passages for queries, in a local index or over the network. */
export interface Retriever {
  /** For each query at most `topk` passages, the best first. */
  retrieve(
    queries: readonly string[],
    topk: number,
    signal?: AbortSignal,
  ): Promise<RetrievedPassage[][]>
}
