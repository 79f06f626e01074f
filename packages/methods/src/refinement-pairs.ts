import type { Sample } from '@icrl/core'
import type { PreferencePair } from '@icrl/recipes'

/** Options of {@link refinementPairs}. */
export interface RefinementPairsOptions {
  /** Id of `[refine]`. */
  readonly again: number
  /** Whether the first attempt is right. */
  readonly isRight: boolean
  /**
   * Ids of the reference answer, its stop id last; without it only `[refine]` is learned.
   *
   * @defaultValue none, only `[refine]` is learned
   */
  readonly answer?: Int32Array
  /** `[ids]` ids that end a response. */
  readonly stop: readonly number[]
}

/**
 * The pair that ReVISE learns from one response: its first attempt y, then the end or
 * `[refine]`. Where y was cut off there is none. The prefix y is in both, so that the pair's loss is
 * that of what differs; with an `answer` it is masked, and has no part in the likelihood.
 *
 * @example
 * import { refinementPairs } from '@icrl/methods'
 * import type { Sample } from '@icrl/core'
 * declare const response: Sample
 * const [pair] = refinementPairs(response, { again: 7, isRight: false, stop: [0] })
 */
export function refinementPairs(
  { trainedUnder: prompt, response, keys, policy }: Sample,
  { again, isRight, answer, stop }: RefinementPairsOptions,
): PreferencePair[] {
  const length = response.findIndex((id) => id === again || stop.includes(id))
  if (length < 0) return []
  const attempt = [...response.subarray(0, length)]
  const ended = Int32Array.of(...attempt, stop[0])
  const refined = Int32Array.of(...attempt, again, ...(!isRight && answer ? answer : []))
  const [preferred, other] = isRight ? [ended, refined] : [refined, ended]
  const masked = ({ length: all }: Int32Array): Uint8Array =>
    Uint8Array.from({ length: all }, (_, t) => (t < length ? 0 : 1))
  return [
    {
      prompt,
      preferred,
      other,
      role: keys.role,
      policy,
      ...(!isRight && answer && { preferredMask: masked(refined), otherMask: masked(ended) }),
    },
  ]
}
