import { IcrlError, type Recipe, type Task } from '@icrl/core'

/** The recipe of a step: of a curriculum, that of the stage the step is in. */
export function recipeAt<T extends Task>(recipe: Recipe<T>, step: number): Recipe<T> {
  const { stages, name, options, roles, headline } = recipe
  if (!stages) return recipe
  let left = step
  const stage =
    stages.find(({ steps }) => {
      const isHere = left < steps
      left -= steps
      return isHere
    }) ?? stages.at(-1)!
  return { ...stage.recipe, name, options, roles, headline }
}

/** All recipes that a run may use. */
export function recipesOf<T extends Task>(recipe: Recipe<T>): readonly Recipe<T>[] {
  if (!recipe.stages) return [recipe]
  if (recipe.stages.length === 0)
    throw new IcrlError(`recipe "${recipe.name}" has no stages.`, {
      code: 'invalid-option',
      remedy: 'Give a curriculum at least one stage.',
    })
  return recipe.stages.map((stage) => stage.recipe)
}
