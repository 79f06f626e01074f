import type { Recipe } from '@icrl/core'
import { k2, withKl } from '@icrl/objective'
import type { TrainOptions } from '../src/index.ts'
import { dialIcrl, type DialRecipeOptions } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import type { DialTask } from './dial-task.ts'

/** ICRL with a KL term against the reference. */
export function dialKl(options: DialRecipeOptions = { minibatches: 2 }): Recipe<DialTask> {
  const recipe = dialIcrl(options)
  return {
    ...recipe,
    objective: withKl(recipe.objective, { coefficient: 0.05, estimator: k2 }),
  }
}

/**
 * A run whose rate and reference depend on the step: warm-up and cosine, and a copy of the policy
 * that is renewed every three steps, which is not where checkpoints are.
 */
export function scheduledRun(
  options: Partial<TrainOptions<DialTask>> = {},
): TrainOptions<DialTask> {
  return dialRun({
    recipe: dialKl(),
    optimizer: {
      learningRate: { peak: 0.05, warmup: 2, decay: 'cosine', steps: 80, floor: 0.01 },
      clipNorm: 1,
    },
    references: { model: { every: 3 } },
    ...options,
  })
}
