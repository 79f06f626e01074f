import type { AggregationItem } from '@icrl/core'

/** Tokens of a sample that carry loss. */
export function trainedTokens({ mask }: AggregationItem): number {
  return mask.reduce((sum, trained) => sum + (trained ? 1 : 0), 0)
}
