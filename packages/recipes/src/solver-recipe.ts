import type { AttemptProtocol, Json, Recipe, Task } from '@icrl/core'
import { criticPrompt, parseCritique } from '@icrl/critic'
import { solveOnce } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { checkCoefficients, checkCounts, refuseUnknown } from './options/check-options.ts'
import { regularize, type RegularizerOptions } from './options/regularize.ts'

/** What every recipe that samples has. */
export interface RolloutOptions<T extends Task = Task> extends RegularizerOptions {
  /**
   * How the solver attempts a task: `singleTurn` or `multiTurn` of `@icrl/rollout`, or your own.
   */
  readonly attempt: AttemptProtocol<T>
  /** 16 where absent. */
  readonly tasksPerStep?: number
  /** G; 8 where absent. */
  readonly sessionsPerTask?: number
  /** Optimizer steps a rollout batch is cut into; 1 where absent. */
  readonly minibatches?: number
  /** Passes over the rollout batch; 1 where absent. */
  readonly epochs?: number
}

/** What a method adds to the sampling: at least advantages, aggregation and objective. */
export type SolverParts<T extends Task> = Pick<
  Recipe<T>,
  'advantages' | 'aggregation' | 'objective'
> &
  Partial<Omit<Recipe<T>, 'name' | 'options'>> & {
    /** The method's own options, resolved. */
    readonly options: Readonly<Record<string, Json>>
  }

/**
 * A recipe from a method's parts: by default one critique-free attempt a session, evaluated alike.
 * Every recipe of this package is made of it, and so may yours be.
 *
 * @throws `invalid-option` for an option there is not, a count below 1 or a coefficient below 0
 * @example
 * import { roleWiseAdvantage } from '@icrl/advantage'
 * import { reinforce, tokenMean } from '@icrl/objective'
 * import { solverRecipe } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const mine = solverRecipe(
 *   'mine',
 *   { attempt },
 *   {
 *     advantages: roleWiseAdvantage(),
 *     aggregation: tokenMean(),
 *     objective: reinforce(),
 *     options: {},
 *   },
 * )
 */
export function solverRecipe<T extends Task>(
  name: string,
  rollout: RolloutOptions<T>,
  parts: SolverParts<T>,
): Recipe<T> {
  const {
    attempt,
    tasksPerStep = 16,
    sessionsPerTask = 8,
    minibatches = 1,
    epochs = 1,
    klCoefficient = 0,
    klEstimator = 'k3',
    entropyCoefficient = 0,
    ...unknown
  } = rollout
  refuseUnknown(name, unknown)
  checkCounts(name, { tasksPerStep, sessionsPerTask, minibatches, epochs })
  checkCoefficients(name, { klCoefficient, entropyCoefficient })
  const protocol = solveOnce(attempt)
  return {
    collect: collectSessions({ protocol, tasksPerStep, sessionsPerTask }),
    minibatches,
    epochs,
    evaluations: { critique_free: protocol },
    session: { attempt, rounds: 1, criticPrompt: criticPrompt<T>(), parseCritique },
    ...parts,
    name,
    objective: regularize(parts.objective, { klCoefficient, klEstimator, entropyCoefficient }),
    options: {
      tasksPerStep,
      sessionsPerTask,
      ...parts.options,
      minibatches,
      epochs,
      klCoefficient,
      klEstimator,
      entropyCoefficient,
    },
  }
}
