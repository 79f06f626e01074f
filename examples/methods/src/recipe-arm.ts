import type { Recipe, SessionProtocol, Task } from '@icrl/core'
import type { MeasureOptions, RunRole } from '@icrl/trainer'
import type { Arm } from './method-experiment.ts'

/** Options of {@link recipeArm}. */
export interface RecipeArmOptions<T extends Task> {
  readonly recipe: Recipe<T>
  readonly tasks: readonly T[]
  /** Of the experiment's first arm; the others stop at as many tokens, if it samples any. */
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
      stop: Number.isFinite(tokens) && tokens > 0 ? { tokens } : { steps },
      optimizer: { learningRate, clipNorm: 1 },
    })
    return lab.measure('held out', { tasks: heldOut, ...measured })
  }
}

/** The same arm for as many steps as it says: judges take tokens that no stop rule counts. */
export function forItsSteps(arm: Arm): Arm {
  return (setting) => arm({ ...setting, tokens: Infinity })
}

/** What is measured of held-out tasks, and how. */
export type MeasuredOptions<T extends Task> = Omit<
  RecipeArmOptions<T>,
  'recipe' | 'tasks' | 'steps'
>

/** An arm that measures the starting model. */
export function startArm<T extends Task>({ heldOut: tasks, ...options }: MeasuredOptions<T>): Arm {
  return ({ lab }) => lab.measure('held out', { tasks, ...options })
}
