import type { Recipe, Task } from '@icrl/core'

/**
 * The condition whose accuracy sums up a run of the recipe; undefined if it has no conditions.
 */
export function headlineOf<T extends Task>({
  headline,
  evaluations = {},
}: Pick<Recipe<T>, 'headline' | 'evaluations'>): string | undefined {
  return headline ?? Object.keys(evaluations)[0]
}
