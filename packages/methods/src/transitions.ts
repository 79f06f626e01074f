import type { SessionResult } from '@icrl/core'

/** Shares of all sessions with two attempts or more, by how the first and the last of them ended. */
export interface Transitions {
  /** Accuracy of the first attempt, and of the last. */
  readonly first: number
  /** Share that is right in the end. */
  readonly last: number
  /** last − first. */
  readonly gain: number
  /** Wrong, then right. */
  readonly repaired: number
  /** Right, then wrong. */
  readonly broken: number
}

/**
 * What became of first answers: SCoRe's metrics Acc@t1, Acc@t2, Δ, i→c and c→i (arXiv 2409.12917).
 * Undefined if no session has two attempts. Never read `gain` without `first`: a policy that answers
 * wrongly on purpose, to correct itself, has a large one.
 *
 * @example
 * import { transitions } from '@icrl/methods'
 * import type { SessionResult } from '@icrl/core'
 * declare const sessions: readonly SessionResult[]
 * console.log(transitions(sessions)?.gain)
 */
export function transitions(
  sessions: readonly Pick<SessionResult, 'outcomes'>[],
): Transitions | undefined {
  const pairs = sessions
    .filter(({ outcomes }) => outcomes.length >= 2)
    .map(({ outcomes }) => [outcomes[0].success, outcomes[outcomes.length - 1].success])
  if (pairs.length === 0) return undefined
  const share = (is: (before: boolean, after: boolean) => boolean): number =>
    pairs.filter(([before, after]) => is(before, after)).length / pairs.length
  const first = share((before) => before)
  const last = share((_, after) => after)
  return {
    first,
    last,
    gain: last - first,
    repaired: share((before, after) => !before && after),
    broken: share((before, after) => before && !after),
  }
}
