import { meanStd, type MeanStdOptions } from './baselines/mean-std.ts'
import { groupAdvantage, type ResponseAdvantage } from './group-advantage.ts'
import { groupBy } from './group-by.ts'

/**
 * ICRL's advantage: each role of each query is its own group, first attempts and revisions sharing
 * the solver's:
 *
 *     Â_i = (r_i − mean_{𝒢^g(q)} r) / (std_{𝒢^g(q)} r + δ),   g ∈ {solver, critic}
 *
 * ICRL (arXiv 2605.15224) eq. 5. A role without samples simply has no group.
 *
 * @example
 * import { roleWiseAdvantage } from '@icrl/advantage'
 * import type { Sample } from '@icrl/core'
 * declare const samples: Sample[]
 * const advantages = roleWiseAdvantage()(samples)
 */
export function roleWiseAdvantage(options: MeanStdOptions = {}): ResponseAdvantage {
  return groupAdvantage({ by: groupBy('task', 'role'), baseline: meanStd(options) })
}
