import { IcrlError, type Recipe, type RecipeStage, type Task } from '@icrl/core'
import type { TrainOptions } from '../train-options.ts'

/** The recipe of a step: of a curriculum, that of the stage the step is in. */
export function recipeAt<T extends Task>(recipe: Recipe<T>, step: number): Recipe<T> {
  const { stages, name, options, roles, headline } = recipe
  if (!stages) return recipe
  let begun = 0
  const [last] = stages.slice(-1)
  for (const stage of stages) {
    if (step < begun + stage.steps || stage === last)
      return { ...recipeAt(stage.recipe, step - begun), name, options, roles, headline }
    begun += stage.steps
  }
  throw noStages(recipe)
}

/** The recipe of a run's step, with the run's correction where it has none. */
export function runRecipeAt<T extends Task>(
  { recipe, correction }: Pick<TrainOptions<T>, 'recipe' | 'correction'>,
  step: number,
): Recipe<T> {
  const own = recipeAt(recipe, step)
  return correction && !own.correction ? { ...own, correction } : own
}

/** All recipes that a run may use. */
export function recipesOf<T extends Task>(recipe: Recipe<T>): readonly Recipe<T>[] {
  if (!recipe.stages) return [recipe]
  if (recipe.stages.length === 0) throw noStages(recipe)
  return recipe.stages.flatMap((stage: RecipeStage<T>) => recipesOf(stage.recipe))
}

function noStages({ name }: Pick<Recipe, 'name'>): IcrlError {
  return new IcrlError(`recipe "${name}" has no stages.`, {
    code: 'invalid-option',
    remedy: 'Give a curriculum at least one stage.',
  })
}
