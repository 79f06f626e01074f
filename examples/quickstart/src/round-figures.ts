import type { Recipe, SessionResult, Task } from '@icrl/core'
import { neverStop, solveCritiqueRevise, type SolveCritiqueReviseOptions } from '@icrl/rollout'

/** Options of {@link withRounds}. */
export interface WithRoundsOptions<T extends Task> extends Omit<
  SolveCritiqueReviseOptions<T>,
  'gate' | 'rounds'
> {
  /** The set of held-out tasks whose figures are given; default: all of them, as one. */
  readonly set?: string
}

/**
 * A recipe that is evaluated with four attempts too, each but the first under a critique of the last,
 * right ones criticized like wrong ones.
 */
export function withRounds<T extends Task>(
  recipe: Recipe<T>,
  { set, ...session }: WithRoundsOptions<T>,
): Recipe<T> {
  return {
    ...recipe,
    evaluations: {
      critique_free: recipe.evaluations!.critique_free,
      rounds: solveCritiqueRevise({ ...session, rounds: 4, gate: neverStop }),
    },
    headline: 'critique_free',
    onEvaluate: async ({ sets }) =>
      roundFigures(
        sets
          .filter(({ name }) => set === undefined || name === set)
          .flatMap(({ conditions }) => conditions.rounds),
      ),
  }
}

/**
 * Of sessions whose attempts are all critiqued, right ones too: `rounds/accuracy_K` after round K,
 * `rounds/harm_K`, the share of all that were right before it and wrong after, and
 * `rounds/repair_K`, the other way round.
 */
export function roundFigures(sessions: readonly SessionResult[]): Record<string, number> {
  const ends = sessions
    .filter(({ failure }) => !failure)
    .map(({ outcomes }) => outcomes.map(({ success }) => success))
  const share = (of: (right: readonly boolean[]) => boolean): number =>
    ends.filter(of).length / ends.length
  return Object.fromEntries(
    Array.from({ length: ends[0].length }, (_, k) => [
      [`rounds/accuracy_${k + 1}`, share((right) => right[k])],
      ...(k === 0
        ? []
        : [
            [`rounds/harm_${k + 1}`, share((right) => right[k - 1] && !right[k])],
            [`rounds/repair_${k + 1}`, share((right) => !right[k - 1] && right[k])],
          ]),
    ]).flat(),
  )
}
