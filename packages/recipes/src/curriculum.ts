import {
  IcrlError,
  type Json,
  type Recipe,
  type RecipeRole,
  type RecipeStage,
  type Task,
} from '@icrl/core'
import { checkCounts } from './options/check-options.ts'
import { resizable, resizeRecipe } from './resize-recipe.ts'

/**
 * A method that changes on the way: another objective, weights, tasks a step, or a recipe of its own
 * for the first steps. The stages are a finite list, so that all options are stored, and roles and
 * references are known when the run begins. The last stage lasts as long as the run.
 *
 * What a recipe remembers passes from stage to stage. Conditions of evaluations are those of the
 * stage; the headline is the first stage's.
 *
 * @throws `invalid-option` without stages, or for a stage of less than 1 step
 * @example
 * import { curriculum, grpo, icrl } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = curriculum([
 *   { steps: 20, recipe: grpo({ attempt }) },
 *   { steps: 100, recipe: icrl({ attempt }) },
 * ])
 */
export function curriculum<T extends Task>(stages: readonly RecipeStage<T>[]): Recipe<T> {
  if (stages.length === 0)
    throw new IcrlError('curriculum: there are no stages.', {
      code: 'invalid-option',
      remedy: 'Give at least one: { steps, recipe }.',
    })
  stages.forEach(({ steps }, i) => checkCounts('curriculum', { [`stages[${i}].steps`]: steps }))
  const [{ recipe: first }] = stages
  const recipe: Recipe<T> = {
    ...first,
    name: 'curriculum',
    options: {
      stages: stages.map(({ steps, recipe: { name, options } }): Json => ({
        steps,
        name,
        options,
      })),
    },
    roles: rolesOf(stages),
    stages,
  }
  return resizable(recipe, (size) =>
    curriculum(stages.map((stage) => ({ ...stage, recipe: resizeRecipe(stage.recipe, size) }))),
  )
}

/** Needs of all stages together: a role that one stage trains is trained. */
function rolesOf<T extends Task>(stages: readonly RecipeStage<T>[]): Record<string, RecipeRole> {
  const roles: Record<string, RecipeRole> = {}
  for (const { recipe } of stages)
    for (const [role, { frozen, trained }] of Object.entries(recipe.roles ?? {})) {
      const before = roles[role]
      if (before && (before.frozen ?? false) !== (frozen ?? false))
        throw new IcrlError(
          `curriculum: the role "${role}" is frozen in one stage and not in another.`,
          {
            code: 'invalid-option',
            remedy:
              'A frozen role keeps the first weights for the whole run: name two roles, or write a program of two runs.',
          },
        )
      roles[role] = { frozen, trained: trained || before?.trained }
    }
  return roles
}
