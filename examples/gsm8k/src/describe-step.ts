import { countGroups, groupBy } from '@icrl/advantage'
import type { StepEvent } from '@icrl/trainer'

/**
 * Groups as the preset `released` makes them: a question's attempts of one round, or its critiques
 * of one round.
 */
const groupsOf = groupBy('task', 'round', 'role')

/**
 * A step in two lines: what succeeded and how many groups had equal rewards; what was learned and how fast.
 */
export function describeStep({ step, metrics, timing, sessions, samples }: StepEvent): string {
  const right = (round: number): string => {
    const made = sessions.filter(({ outcomes }) => outcomes.length >= round)
    return `${made.filter(({ outcomes }) => outcomes[round - 1].success).length} of ${made.length}`
  }
  const { groups, zeroVariance } = countGroups(samples, groupsOf)
  const rate = (name: string): string =>
    `${(timing[`perf/${name}_tokens_per_second`] ?? 0).toFixed(0)} tokens/s`
  return [
    `step ${step + 1}: ${right(1)} attempts right, ${right(2)} guided ones; ${zeroVariance} of ${groups} groups with equal rewards`,
    `  gradient norm ${metrics['policy/grad_norm']?.toPrecision(3) ?? 'none'}, ${metrics['ledger/trained']} of ${metrics['ledger/generated']} tokens trained; ` +
      `sampled ${rate('sample')}, trained ${rate('train')}, ${timing['perf/step_seconds'].toFixed(0)} s, ${(timing['memory/rss_bytes'] / 2 ** 30).toFixed(1)} GiB`,
  ].join('\n')
}
