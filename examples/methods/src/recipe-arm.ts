import type { Recipe, SessionProtocol, Task } from '@icrl/core'
import type { MeasureOptions, RunRole } from '@icrl/trainer'
import type { Arm } from './method-experiment.ts'

/** Options of {@link recipeArm}. */
export interface RecipeArmOptions<T extends Task> {
  readonly recipe: Recipe<T>
  readonly tasks: readonly T[]
  /** Of the experiment's first arm; the others stop at as many tokens. */
  readonly steps: number
  readonly heldOut: readonly T[]
  readonly protocols: Readonly<Record<string, SessionProtocol<T>>>
  readonly measure?: MeasureOptions<T>['measure']
  readonly repeats?: number
  readonly roles?: Readonly<Record<string, RunRole>>
}

/** An arm of one recipe: it trains, then held-out tasks are measured. */
export function recipeArm<T extends Task>({
  recipe,
  tasks,
  steps,
  heldOut,
  ...measured
}: RecipeArmOptions<T>): Arm {
  return async ({ lab, learningRate, tokens }) => {
    await lab.train('training', {
      recipe,
      tasks,
      stop: Number.isFinite(tokens) ? { tokens } : { steps },
      optimizer: { learningRate, clipNorm: 1 },
    })
    return lab.measure('held out', { tasks: heldOut, ...measured })
  }
}

/** An arm that measures the starting model. */
export function startArm<T extends Task>(
  measured: Pick<RecipeArmOptions<T>, 'heldOut' | 'protocols' | 'measure' | 'repeats' | 'roles'>,
): Arm {
  const { heldOut: tasks, ...options } = measured
  return ({ lab }) => lab.measure('held out', { tasks, ...options })
}
