import { IcrlError, type Recipe, type Task } from '@icrl/core'

/** How much a step samples. */
export interface StepSize {
  /** Tasks of a step; left out: as the recipe has it. */
  readonly tasksPerStep?: number
  /** Sessions of each task; left out: as the recipe has it. */
  readonly sessionsPerTask?: number
}

/** Makes a recipe again, of another size. */
type Remake = (size: StepSize) => Recipe<never>

// One for all copies of this package: a configuration may import another one than resizes it.
const REMAKES = Symbol.for('icrl.recipe-remakes')
const remakes = ((globalThis as { [REMAKES]?: WeakMap<object, Remake> })[REMAKES] ??= new WeakMap())

/** Lets {@link resizeRecipe} make this recipe again, of another size. */
export function resizable<R extends Recipe<never>>(recipe: R, remake: (size: StepSize) => R): R {
  remakes.set(recipe, remake)
  return recipe
}

/** As {@link resizable}, for a recipe that learns from given answers and samples no sessions. */
export function resizableTasks<R extends Recipe<never>>(
  recipe: R,
  remake: (size: Pick<StepSize, 'tasksPerStep'>) => R,
): R {
  return resizable(recipe, ({ sessionsPerTask, ...tasks }) => {
    if (sessionsPerTask === undefined) return remake(tasks)
    throw new IcrlError(`recipe "${recipe.name}" has no sessionsPerTask: it samples no sessions.`, {
      code: 'invalid-option',
      option: 'sessionsPerTask',
      remedy: 'Leave it out; tasksPerStep is the number of tasks whose answers a step learns.',
    })
  })
}

/**
 * The same method with other counts of tasks per step and sessions per task, as if it had been made
 * so. Every recipe of this package can be resized. One that was put together by hand, or made from
 * another one by changing its parts, cannot be: the change would be lost.
 *
 * @throws `unsupported` for a recipe whose size only its maker knows; `invalid-option` for a count
 * below 1, and for sessions of a recipe that samples none
 * @example
 * import { grpo, resizeRecipe } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const small = resizeRecipe(grpo({ attempt }), { tasksPerStep: 4 })
 */
export function resizeRecipe<T extends Task>(recipe: Recipe<T>, size: StepSize): Recipe<T> {
  const remake = remakes.get(recipe)
  if (remake) return remake(size) as Recipe<T>
  throw new IcrlError(
    `recipe "${recipe.name}": ${Object.keys(size).join(' and ')} cannot be changed from outside. The recipe was put together by hand, or from another one whose parts were changed, and making it again would lose that.`,
    {
      code: 'unsupported',
      remedy: `Give ${Object.keys(size).join(' and ')} where the configuration makes the recipe.`,
    },
  )
}
