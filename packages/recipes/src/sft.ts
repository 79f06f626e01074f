import type { AttemptProtocol, Recipe, Task } from '@icrl/core'
import { nll, sequenceMeanTokenMean, tokenMean } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { collectDemonstrations, type Demonstration } from './collect/collect-demonstrations.ts'
import { checkCounts, refuseUnknown } from './options/check-options.ts'
import { partNamed } from './options/part-named.ts'
import { resizableTasks } from './resize-recipe.ts'

/** Options of {@link sft}. */
export interface SftOptions<T extends Task = Task> {
  /** Demonstrations of a task; with `step` they can differ from one pass to the next. */
  readonly demonstrate: (task: T, step: number) => readonly Demonstration[]
  /**
   * Tokens that the model takes: a task with a longer demonstration fails, alone and by name.
   *
   * @defaultValue unknown, and the engine ends the run there
   */
  readonly contextTokens?: number
  /** Demonstrations of a step. @defaultValue 16 */
  readonly tasksPerStep?: number
  /** Optimizer steps that a batch is cut into. @defaultValue 1 */
  readonly minibatches?: number
  /** Passes over a batch. @defaultValue 1 */
  readonly epochs?: number
  /** How the losses of tokens become one. @defaultValue `token-mean` */
  readonly aggregation?: 'token-mean' | 'sequence-mean'
  /** How held-out tasks are attempted. @defaultValue there is no evaluation */
  readonly attempt?: AttemptProtocol<T>
  /** Roles that `attempt` speaks as, which a run must then have. @defaultValue `solver` */
  readonly roles?: NonNullable<Recipe['roles']>
}

const NAMES: readonly (keyof SftOptions)[] = [
  'demonstrate',
  'contextTokens',
  'tasksPerStep',
  'minibatches',
  'epochs',
  'aggregation',
  'attempt',
  'roles',
]

/**
 * Supervised fine-tuning: the negative log-likelihood of given responses, in the same loop and run
 * folder as the other recipes. Its tokens are not sampled, so the ledger counts none.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { sft } from '@icrl/recipes'
 * import type { QuestionTask, Renderer } from '@icrl/core'
 * declare const encode: (text: string) => Int32Array
 * declare const renderer: Renderer
 * const recipe = sft({
 *   demonstrate: (task: QuestionTask) => [
 *     {
 *       prompt: renderer.start([{ role: 'user', content: task.question }]),
 *       response: encode(task.answer),
 *     },
 *   ],
 * })
 */
export function sft<T extends Task>(options: SftOptions<T>): Recipe<T> {
  const {
    demonstrate,
    contextTokens,
    tasksPerStep = 16,
    minibatches = 1,
    epochs = 1,
    aggregation = 'token-mean',
    attempt,
    roles = { solver: {} },
    ...unknown
  } = options
  refuseUnknown('sft', unknown, NAMES)
  checkCounts('sft', { tasksPerStep, minibatches, epochs, contextTokens: contextTokens ?? 1 })
  const recipe: Recipe<T> = {
    name: 'sft',
    collect: collectDemonstrations({ demonstrate, tasksPerStep, contextTokens }),
    advantages: (samples) => samples.map(() => 1),
    objective: nll(),
    aggregation: partNamed(
      'aggregation',
      { 'token-mean': tokenMean(), 'sequence-mean': sequenceMeanTokenMean() },
      aggregation,
    ),
    minibatches,
    epochs,
    ...(attempt && { roles }),
    evaluations: attempt && { critique_free: solveOnce(attempt) },
    options: {
      tasksPerStep,
      aggregation,
      minibatches,
      epochs,
      ...(contextTokens !== undefined && { contextTokens }),
    },
  }
  return resizableTasks(recipe, (tasks) => sft({ ...options, ...tasks }))
}
