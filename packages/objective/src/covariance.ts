import { IcrlError, type Objective, type ObjectiveInput } from '@icrl/core'
import { byToken, type TokenChoice } from './by-token.ts'
import { checkClip } from './check-input.ts'
import { clippedSurrogate } from './clipped-surrogate.ts'
import { tokenObjective } from './token-objective.ts'

/** Options of {@link clipCov}. */
export interface ClipCovOptions {
  /** Lower clip distance of the surrogate. @defaultValue 0.2 */
  readonly clipLow?: number
  /** Upper clip distance of the surrogate. @defaultValue 0.2 */
  readonly clipHigh?: number
  /**
   * Share of the batch's tokens that lose their gradient, above 0; at least one.
   *
   * @defaultValue 2e-4
   */
  readonly share?: number
  /** Only covariances above this. @defaultValue 1 */
  readonly above?: number
  /** Only covariances below this. @defaultValue 5 */
  readonly below?: number
}

/**
 * Clip-Cov: the clipped surrogate without some of the tokens that take entropy away, which are those
 * whose log-probability and advantage are large together:
 *
 *     cov_t = (A_t − mean A) (logπ_θ(y_t) − mean logπ_θ),   above < cov_t < below, not clipped
 *
 * Cui et al. 2025 (arXiv 2505.22617); verl's `clip_cov` `[code]`, which draws the tokens at random;
 * ours are evenly spread over the candidates in the order of the batch, so that no draw is needed.
 *
 * @throws `invalid-option` for a clip distance below 0 or a share outside (0, 1]
 * @example
 * import { clipCov } from '@icrl/objective'
 * const objective = clipCov({ share: 0.002 })
 */
export function clipCov({
  clipLow = 0.2,
  clipHigh = 0.2,
  share = 2e-4,
  above = 1,
  below = 5,
}: ClipCovOptions = {}): Objective {
  checkShare('clipCov', share)
  const isClipped = ({ advantage, ratio }: CovariancePoint): boolean =>
    advantage > 0 ? ratio > 1 + clipHigh : advantage < 0 && ratio < 1 - clipLow
  return byToken({
    choice: covarianceChoice((points) => {
      const candidates = points.filter(
        (point) => point.covariance > above && point.covariance < below && !isClipped(point),
      )
      const count = Math.min(candidates.length, wanted(share, points.length))
      return Array.from(
        { length: count },
        (_, i) => candidates[Math.floor(((i + 0.5) * candidates.length) / count)],
      )
    }),
    rest: clippedSurrogate({ clipLow, clipHigh }),
  })
}

/** Options of {@link klCov}. */
export interface KlCovOptions {
  /** Share of the batch's tokens that are held back, above 0; at least one. @defaultValue 2e-4 */
  readonly share?: number
  /** β of their penalty. @defaultValue 1 */
  readonly coefficient?: number
}

/**
 * KL-Cov: the unclipped surrogate, and a penalty for moving on the tokens of the largest covariance
 * (see `clipCov`):
 *
 *     L = −Σ_t a_t · w_t · (ρ_t A_t − 1[t is one of them] β |log ρ_t|)
 *
 * Cui et al. 2025 (arXiv 2505.22617); verl's `kl_cov` `[code]`.
 *
 * @throws `invalid-option` for a coefficient below 0 or a share outside (0, 1]
 * @example
 * import { klCov } from '@icrl/objective'
 * const objective = klCov({ share: 0.002 })
 */
export function klCov({ share = 2e-4, coefficient = 1 }: KlCovOptions = {}): Objective {
  checkShare('klCov', share)
  checkClip('klCov', { coefficient })
  const unclipped = clippedSurrogate({ clipLow: Infinity, clipHigh: Infinity })
  return byToken({
    choice: covarianceChoice((points) =>
      [...points]
        .sort((a, b) => b.covariance - a.covariance)
        .slice(0, wanted(share, points.length)),
    ),
    chosen: tokenObjective('kl-cov', ({ logprob, oldLogprob, advantage }) => {
      const difference = logprob - oldLogprob
      const ratio = Math.exp(difference)
      return {
        loss: -ratio * advantage + coefficient * Math.abs(difference),
        gradient: -ratio * advantage + coefficient * Math.sign(difference),
      }
    }),
    rest: unclipped,
  })
}

/** One trained token of a batch. */
interface CovariancePoint {
  readonly sample: number
  readonly token: number
  readonly advantage: number
  readonly ratio: number
  readonly covariance: number
}

function covarianceChoice(
  pick: (points: readonly CovariancePoint[]) => readonly CovariancePoint[],
): TokenChoice {
  return {
    name: 'covariance',
    wants: { old: true },
    choose(batch) {
      const choices = batch.map(({ mask }) => new Uint8Array(mask.length))
      for (const { sample, token } of pick(pointsOf(batch))) choices[sample][token] = 1
      return choices
    },
  }
}

function pointsOf(batch: readonly ObjectiveInput[]): CovariancePoint[] {
  const places = batch.flatMap(({ mask }, sample) =>
    Array.from(mask).flatMap((one, token) => (one ? [{ sample, token }] : [])),
  )
  const meanOf = (of: (input: ObjectiveInput) => ArrayLike<number>): number =>
    places.reduce((sum, { sample, token }) => sum + of(batch[sample])[token], 0) / places.length
  const advantage = meanOf(({ advantages }) => advantages)
  const logprob = meanOf(({ logprobs }) => logprobs)
  return places.map(({ sample, token }) => {
    const { logprobs, oldLogprobs = logprobs, advantages } = batch[sample]
    return {
      sample,
      token,
      advantage: advantages[token],
      ratio: Math.exp(logprobs[token] - oldLogprobs[token]),
      covariance: (advantages[token] - advantage) * (logprobs[token] - logprob),
    }
  })
}

function wanted(share: number, tokens: number): number {
  return Math.max(1, Math.floor(share * tokens))
}

function checkShare(name: string, share: number): void {
  if (share > 0 && share <= 1) return
  throw new IcrlError(`${name}: share is ${share}.`, {
    code: 'invalid-option',
    remedy: 'Use a number above 0 and at most 1.',
  })
}
