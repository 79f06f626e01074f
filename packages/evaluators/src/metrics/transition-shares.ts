import { mean, share } from './mean.ts'

/** What became of answers that were revised. A share of nothing is undefined. */
export interface TransitionShares {
  /** Share that was right at first. */
  readonly before?: number
  /** Share that was right in the end. */
  readonly after?: number
  /** Of the right ones, still right. */
  readonly kept?: number
  /** Of the right ones, now wrong: the harm rate. */
  readonly broken?: number
  /** Of the wrong ones, now right. */
  readonly repaired?: number
  /** repaired − broken: VISCO's correction score. */
  readonly correction?: number
}

/**
 * The transitions of RealCritic (arXiv 2501.14492) and VISCO's correction score (arXiv 2412.02172)
 * `[code]`: accuracy before and after, and shares of the right and of the wrong.
 *
 * @param before `[N]` whether each was right
 * @param after `[N]` whether it is now
 * @example
 * import { transitionShares } from '@icrl/evaluators'
 * transitionShares([true, true, false, false], [true, false, true, false]).correction // 0
 */
export function transitionShares(
  before: readonly boolean[],
  after: readonly boolean[],
): TransitionShares {
  const of = (was: boolean): boolean[] => after.filter((_, i) => before[i] === was)
  const kept = share(of(true), (right) => right)
  const repaired = share(of(false), (right) => right)
  const broken = kept === undefined ? undefined : 1 - kept
  return {
    before: mean(before.map(Number)),
    after: mean(after.map(Number)),
    kept,
    broken,
    repaired,
    correction: repaired === undefined || broken === undefined ? undefined : repaired - broken,
  }
}
