import type { Recipe, SessionResult } from '@icrl/core'

/**
 * Of sessions whose attempts are all critiqued, right ones too: `rounds/accuracy_K` after round K,
 * `rounds/harm_K`, the share of all that were right before it and wrong after, and
 * `rounds/repair_K`, the other way round.
 */
export const roundFigures: NonNullable<Recipe['onEvaluate']> = async ({ sets }) => {
  const ends = sets
    .flatMap(({ conditions }): readonly SessionResult[] => conditions.rounds)
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
