import { IcrlError } from '@icrl/core'
import type { TokenChoice } from './by-token.ts'
import { requireArray } from './check-input.ts'

/** Options of {@link topEntropy}. */
export interface TopEntropyOptions {
  /** Share of the batch's tokens, in (0, 1]. @defaultValue 0.2 */
  readonly share?: number
}

/**
 * The tokens of highest entropy: those at or above the (1 − share)-quantile of the whole optimizer
 * batch, by linear interpolation. Most tokens of a chain of thought follow from the ones before;
 * the few at which it forks are where there is something to learn.
 *
 * Wang et al. 2025 (arXiv 2506.01939), 20% there; TRL's `top_entropy_quantile` `[code]`.
 *
 * @throws `invalid-option` for a share outside (0, 1]; `invalid-shape`, when evaluated, without
 * entropies
 * @example
 * import { byToken, clippedSurrogate, topEntropy } from '@icrl/objective'
 * const objective = byToken({ choice: topEntropy(), chosen: clippedSurrogate() })
 */
export function topEntropy({ share = 0.2 }: TopEntropyOptions = {}): TokenChoice {
  if (!(share > 0 && share <= 1))
    throw new IcrlError(`topEntropy: share is ${share}.`, {
      code: 'invalid-option',
      remedy: 'Use a number above 0 and at most 1.',
    })
  return {
    name: 'top entropy',
    wants: { entropy: true },
    choose(batch) {
      const entropies = batch.map((input) => requireArray('topEntropy', input, 'entropy'))
      const trained = entropies.flatMap((values, i) =>
        Array.from(values).filter((_, t) => batch[i].mask[t]),
      )
      const least = quantile(trained, 1 - share)
      return batch.map(({ mask }, i) =>
        mask.map((one, t) => (one && entropies[i][t] >= least ? 1 : 0)),
      )
    },
  }
}

/** By linear interpolation, as torch and numpy have it. */
function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = at * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (place - below) * (sorted[above] - sorted[below])
}
