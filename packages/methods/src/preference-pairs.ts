import type { Sample } from '@icrl/core'
import type { PreferencePair } from '@icrl/recipes'

/** Options of {@link preferencePairs}. */
export interface PreferencePairsOptions {
  /** How good a sample is; of two, the better one is preferred. */
  readonly valueOf: (sample: Sample) => number
  /** Which samples may be preferred. @defaultValue all */
  readonly canBePreferred?: (sample: Sample) => boolean
  /** Least difference of values that makes a pair. @defaultValue 0: any above it */
  readonly margin?: number
  /** Most pairs of samples of one prompt, the first ones. @defaultValue all */
  readonly most?: number
}

/**
 * Pairs of samples that answer the same prompt ids, one better than the other by the margin.
 *
 * @example
 * import { preferencePairs } from '@icrl/methods'
 * import type { Sample } from '@icrl/core'
 * declare const judgments: readonly Sample[]
 * const pairs = preferencePairs(judgments, { valueOf: ({ reward }) => reward, margin: 0.5 })
 */
export function preferencePairs(
  samples: readonly Sample[],
  { valueOf, canBePreferred = () => true, margin = 0, most = Infinity }: PreferencePairsOptions,
): PreferencePair[] {
  const byPrompt = new Map<string, Sample[]>()
  for (const sample of samples) {
    const prompt = sample.trainedUnder.join(' ')
    byPrompt.set(prompt, [...(byPrompt.get(prompt) ?? []), sample])
  }
  return [...byPrompt.values()].flatMap((group) =>
    group
      .filter(canBePreferred)
      .flatMap((better) =>
        group
          .map((worse) => ({ better, worse, gap: valueOf(better) - valueOf(worse) }))
          .filter(({ gap }) => gap > 0 && gap >= margin),
      )
      .slice(0, most)
      .map(({ better, worse }) => ({
        prompt: better.trainedUnder,
        preferred: better.response,
        other: worse.response,
        preferredMask: better.mask,
        otherMask: worse.mask,
        role: better.keys.role,
        policy: better.policy,
      })),
  )
}
