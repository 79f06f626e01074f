import { IcrlError, type CorrectedTokens, type Correction } from '@icrl/core'
import { weightOf } from './log-weights.ts'

/** Options of {@link rolloutCorrection}. */
export interface RolloutCorrectionOptions {
  /**
   * Whose ratio weighs a token: its own, its sequence's (the product), or the geometric mean of its
   * sequence's.
   *
   * @defaultValue `token`
   */
  readonly by?: 'token' | 'sequence' | 'geometric-mean'
  /**
   * `truncate` brings a ratio outside the bounds to them, `mask` makes it 0.
   *
   * @defaultValue `truncate`
   */
  readonly keep?: 'truncate' | 'mask'
  /** Lower bound of the ratio, 0 or more. @defaultValue 0 with `truncate`, 0.5 with `mask` */
  readonly low?: number
  /** Upper bound of the ratio. @defaultValue 2 with `truncate`, 5 with `mask` */
  readonly high?: number
  /**
   * False: tokens within the bounds have weight 1 (rejection alone).
   *
   * @defaultValue true, their ratio
   */
  readonly weigh?: boolean
}

/**
 * Importance weights for samples of other weights, or of another engine, than those that train:
 *
 *     r_t = π_now(y_t | sampled prompt) / π_behavior(y_t | sampled prompt)
 *     c_t = min(max(r_t, low), high)   or   r_t · 1[low ≤ r_t ≤ high]
 *
 * The old log-probabilities are then those of now, so that ρ_t · c_t is the ratio to the weights
 * that sampled, within the bounds. With `by: 'token'`, truncated importance sampling (Yao et al.
 * 2025, "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training"); masked, IcePop's
 * bounds (Ling Team 2025, arXiv 2510.18855: 0.5 and 5). `sequence` and `geometric-mean` take the
 * product of the ratios, and its T-th root, for all tokens of a response (verl's rollout
 * correction).
 *
 * @throws `invalid-option` for a name that does not exist or bounds that are not 0 ≤ low ≤ high,
 * high > 0
 * @example
 * import { rolloutCorrection } from '@icrl/calibration'
 * const { weigh } = rolloutCorrection({ high: 2 })
 * weigh({
 *   current: Float32Array.of(-1, -1),
 *   behavior: Float32Array.of(-1.5, -3),
 *   mask: Uint8Array.of(1, 1),
 * }) // e^0.5 = 1.65, and e^2 = 7.4 truncated to 2
 */
export function rolloutCorrection({
  by = 'token',
  keep = 'truncate',
  low = keep === 'mask' ? 0.5 : 0,
  high = keep === 'mask' ? 5 : 2,
  weigh = true,
}: RolloutCorrectionOptions = {}): Correction {
  checkNames({ by, keep })
  if (!(low >= 0 && high > 0 && low <= high))
    throw new IcrlError(`rolloutCorrection: low is ${low} and high is ${high}.`, {
      code: 'invalid-option',
      remedy: 'Use 0 ≤ low ≤ high, with high above 0.',
    })
  const bound = (ratio: number): number => {
    const isWithin = ratio >= low && ratio <= high
    if (keep === 'mask') return isWithin ? (weigh ? ratio : 1) : 0
    return weigh || !isWithin ? Math.min(Math.max(ratio, low), high) : 1
  }
  return {
    options: { by, keep, low, high: high === Infinity ? 'Infinity' : high, weigh },
    weigh: (tokens) => {
      const logs = logRatios(tokens)
      const shared = by === 'token' ? undefined : bound(weightOf(sharedLog(logs, tokens, by)))
      return Float32Array.from(tokens.mask, (trained, t) =>
        trained ? (shared ?? bound(weightOf(logs[t]))) : 1,
      )
    },
  }
}

function logRatios({ current, behavior, mask }: CorrectedTokens): Float64Array {
  return Float64Array.from(mask, (trained, t) => (trained ? current[t] - behavior[t] : 0))
}

function sharedLog(
  logs: Float64Array,
  { mask }: CorrectedTokens,
  by: 'sequence' | 'geometric-mean',
): number {
  const sum = logs.reduce((all, log) => all + log, 0)
  if (by === 'sequence') return sum
  return (
    sum /
    Math.max(
      1,
      mask.reduce((ones, one) => ones + one, 0),
    )
  )
}

const NAMES = { by: ['token', 'sequence', 'geometric-mean'], keep: ['truncate', 'mask'] }

function checkNames(given: Readonly<Record<keyof typeof NAMES, string>>): void {
  for (const [option, known] of Object.entries(NAMES)) {
    const name = given[option as keyof typeof NAMES]
    if (!known.includes(name))
      throw new IcrlError(`rolloutCorrection: ${option} is "${name}".`, {
        code: 'invalid-option',
        remedy: `Use one of: ${known.join(', ')}.`,
      })
  }
}
