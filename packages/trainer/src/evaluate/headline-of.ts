import { IcrlError, type Recipe, type Task } from '@icrl/core'

type Conditions<T extends Task> = Pick<Recipe<T>, 'name' | 'headline' | 'evaluations'>

/**
 * The condition whose accuracy sums up a run of the recipe; undefined if it has no conditions.
 */
export function headlineOf<T extends Task>({
  headline,
  evaluations = {},
}: Conditions<T>): string | undefined {
  return headline ?? Object.keys(evaluations)[0]
}

/**
 * Refuses a recipe that cannot be evaluated.
 *
 * @throws `invalid-option` if it has no conditions, its headline is none of them, or one has a name
 * that another figure of an evaluation has.
 */
export function checkConditions<T extends Task>(recipe: Conditions<T>): void {
  const { name, headline, evaluations = {} } = recipe
  const conditions = Object.keys(evaluations)
  const refuse = (what: string, remedy: string): never => {
    throw new IcrlError(`recipe "${name}" ${what}.`, { code: 'invalid-option', remedy })
  }
  if (conditions.length === 0)
    refuse(
      'has no evaluation protocols',
      'Leave `evaluation` out, or give the recipe `evaluations`.',
    )
  for (const condition of conditions)
    if (
      condition === '' ||
      condition.includes('/') ||
      /^(failed|coverage|pass_at_\d+)$/.test(condition)
    )
      refuse(
        `has a condition named "${condition}"`,
        'Use a name without "/", other than `failed`, `coverage` and `pass_at_…`: these are names of figures.',
      )
  if (headline !== undefined && !conditions.includes(headline))
    refuse(
      `has the headline "${headline}", which is none of its conditions`,
      `Use one of its \`evaluations\`: ${conditions.join(', ')}.`,
    )
}
