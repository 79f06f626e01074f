import type { AttemptProtocol, Recipe, Task } from '@icrl/core'
import { pairwise, sequenceMeanTokenMean } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { collectDemonstrations } from './collect/collect-demonstrations.ts'
import { checkCounts, refuseUnknown } from './options/check-options.ts'
import { resizableTasks } from './resize-recipe.ts'

/** Two responses to one prompt, as ids with their stop ids, one of them preferred. */
export interface PreferencePair {
  /** `[P]` ids before both answers. */
  readonly prompt: Int32Array
  /** `[T]` ids of the better answer. */
  readonly preferred: Int32Array
  /** `[T]` ids of the other one. */
  readonly other: Int32Array
  /**
   * `[T]` 0 where nothing of the preferred response is to be learned.
   *
   * @defaultValue 1 everywhere
   */
  readonly preferredMask?: Uint8Array
  /** `[T]` the same of the other response. */
  readonly otherMask?: Uint8Array
  /** Whose answers they are. @defaultValue `solver` */
  readonly role?: string
  /** The policy that learns it. @defaultValue `shared` */
  readonly policy?: string
}

/** Options of {@link dpo}. */
export interface DpoOptions<T extends Task = Task> {
  /** Pairs of a task; with `step` they can differ from one pass to the next. */
  readonly pairs: (task: T, step: number) => readonly PreferencePair[]
  /** β: how closely the policy is held to the reference. @defaultValue 0.1 */
  readonly beta?: number
  /** False: no reference policy; with β = 1 the Bradley–Terry loss. @defaultValue true */
  readonly reference?: boolean
  /** λ of the preferred response's negative log-likelihood. @defaultValue 0 */
  readonly likelihood?: number
  /** Pairs of a step. @defaultValue 16 */
  readonly tasksPerStep?: number
  /** Optimizer steps that a batch is cut into. @defaultValue 1 */
  readonly minibatches?: number
  /** Passes over a batch. @defaultValue 1 */
  readonly epochs?: number
  /**
   * Tokens that the model takes: a task with a longer response fails by name.
   *
   * @defaultValue unknown
   */
  readonly contextTokens?: number
  /** How held-out tasks are attempted. @defaultValue there is no evaluation */
  readonly attempt?: AttemptProtocol<T>
  /** Roles that `attempt` speaks as. @defaultValue `solver` */
  readonly roles?: NonNullable<Recipe['roles']>
}

const NAMES: readonly (keyof DpoOptions)[] = [
  'pairs',
  'beta',
  'reference',
  'likelihood',
  'tasksPerStep',
  'minibatches',
  'epochs',
  'contextTokens',
  'attempt',
  'roles',
]

/**
 * DPO (Rafailov et al. 2023, arXiv 2305.18290): the log-sigmoid of how much more the policy prefers
 * one response of a pair than its reference does, as the mean over pairs. The reference is the
 * run's, by default its start. Nothing is sampled.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { dpo, type PreferencePair } from '@icrl/recipes'
 * import type { QuestionTask } from '@icrl/core'
 * declare const pairsOf: (task: QuestionTask) => PreferencePair[]
 * const recipe = dpo({ pairs: pairsOf, beta: 0.1 })
 */
export function dpo<T extends Task>(options: DpoOptions<T>): Recipe<T> {
  const {
    pairs,
    beta = 0.1,
    reference = true,
    likelihood = 0,
    tasksPerStep = 16,
    minibatches = 1,
    epochs = 1,
    contextTokens,
    attempt,
    roles = { solver: {} },
    ...unknown
  } = options
  refuseUnknown('dpo', unknown, NAMES)
  checkCounts('dpo', { tasksPerStep, minibatches, epochs, contextTokens: contextTokens ?? 1 })
  const recipe: Recipe<T> = {
    name: 'dpo',
    collect: collectDemonstrations<T>({
      demonstrate: (task, step, first) =>
        pairs(task, step).flatMap(
          ({ preferred, other, preferredMask, otherMask, ...shared }, i) => {
            const pair = first / 2 + i
            return [
              {
                ...shared,
                response: preferred,
                mask: preferredMask,
                keys: { pair, preferred: 1 },
              },
              { ...shared, response: other, mask: otherMask, keys: { pair, preferred: 0 } },
            ]
          },
        ),
      tasksPerStep,
      contextTokens,
    }),
    advantages: (samples) => samples.map(() => 1),
    objective: pairwise({ beta, reference, likelihood }),
    aggregation: sequenceMeanTokenMean(),
    minibatches,
    epochs,
    ...(attempt && { roles, evaluations: { critique_free: solveOnce(attempt) } }),
    options: {
      beta,
      reference,
      likelihood,
      tasksPerStep,
      minibatches,
      epochs,
      ...(contextTokens !== undefined && { contextTokens }),
    },
  }
  return resizableTasks(recipe, (tasks) => dpo({ ...options, ...tasks }))
}
