import type { Aggregation, AggregationItem } from '@icrl/core'

/**
 * One coefficient per sample, divided by the number of samples. Samples without a trained token are
 * not counted.
 *
 * @param coefficientOf from a sample's number of trained tokens, 1 or more
 */
export function perSequence(coefficientOf: (tokens: number) => number): Aggregation {
  return (items) => {
    const counts = items.map(trainedTokens)
    const samples = counts.filter((count) => count > 0).length
    return items.map(({ mask }, i) =>
      Float32Array.from(mask, (trained) => (trained ? coefficientOf(counts[i]) / samples : 0)),
    )
  }
}

/** Tokens of a sample that carry loss. */
export function trainedTokens({ mask }: AggregationItem): number {
  return mask.reduce((sum, trained) => sum + (trained ? 1 : 0), 0)
}
