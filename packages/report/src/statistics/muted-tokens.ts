import { isRebound, isSuccess, type Sample } from '@icrl/core'

/** A token that w_t holds back in successful revisions. */
export interface MutedToken {
  /** Of the vocabulary. */
  readonly id: number
  /** How often successful revisions have it with a weight below 0.1. */
  readonly count: number
  /** Mean of its weights there. */
  readonly weight: number
}

/** A token of a smaller weight counts as muted, as in `calibration/muted_fraction`. */
const MUTED = 0.1
/** Those that lose most are what a reader looks for. */
const MOST_LISTED = 12

/**
 * The tokens of successful revisions of which w_t leaves less than a tenth: the twelve that lose most
 * gradient, in that order. They are what a critique made right and the solver does not learn.
 *
 * @param samples any of a run; only revisions that succeeded and have weights are looked at
 * @example
 * import { mutedTokens, readSamples } from '@icrl/report'
 * const samples = []
 * for await (const sample of readSamples('runs/first', 12)) samples.push(sample)
 * for (const { id, count, weight } of mutedTokens(samples)) console.log(id, count, weight)
 */
export function mutedTokens(samples: Iterable<Sample>): MutedToken[] {
  const count = countMuted()
  for (const sample of samples) count.add(sample)
  return count.tokens()
}

/** The same of samples that come one at a time. */
export function countMuted(): { add(sample: Sample): void; tokens(): MutedToken[] } {
  const counts = new Map<number, { count: number; sum: number }>()
  return {
    add(sample) {
      const { response, mask, weights } = sample
      if (!weights || !isRebound(sample) || !isSuccess(sample)) return
      for (const [t, weight] of weights.entries()) {
        if (!mask[t] || weight >= MUTED) continue
        const counted = counts.get(response[t]) ?? { count: 0, sum: 0 }
        counts.set(response[t], { count: counted.count + 1, sum: counted.sum + weight })
      }
    },
    tokens: () =>
      [...counts]
        .sort(([a, one], [b, other]) => heldBack(other) - heldBack(one) || a - b)
        .slice(0, MOST_LISTED)
        .map(([id, { count, sum }]) => ({ id, count, weight: sum / count })),
  }
}

const heldBack = ({ count, sum }: { count: number; sum: number }): number => count - sum
