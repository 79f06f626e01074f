import type { Attempt } from '@icrl/core'

/** Returns true to end the session with this attempt. `round` is 1-based. */
export type Gate = (attempt: Attempt, round: number) => boolean

/**
 * The oracle: stops at a success (ICRL, arXiv 2605.15224,
 * Algorithm 1).
 *
 * @example
 * import { stopAtSuccess } from '@icrl/rollout'
 * import type { Attempt } from '@icrl/core'
 * declare const attempt: Attempt
 * console.log(stopAtSuccess(attempt, 1))
 */
export function stopAtSuccess(attempt: Attempt, _round: number): boolean {
  return attempt.success
}

/**
 * No gate: every attempt is critiqued, right ones too, as at deployment where nobody knows the
 * outcome.
 *
 * @example
 * import { neverStop } from '@icrl/rollout'
 * import type { Attempt } from '@icrl/core'
 * declare const attempt: Attempt
 * console.log(neverStop(attempt, 1)) // false
 */
export function neverStop(_attempt: Attempt, _round: number): boolean {
  return false
}
