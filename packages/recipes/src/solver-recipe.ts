import type { AttemptProtocol, Json, Recipe, Task } from '@icrl/core'
import { criticPrompt, parseCritique } from '@icrl/critic'
import { rolloutCorrection, type RolloutCorrectionOptions } from '@icrl/calibration'
import { solveOnce } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { checkCoefficients, checkCounts, refuseUnknown } from './options/check-options.ts'
import { critiqueFigures } from './figures/critique-figures.ts'
import { partNamed } from './options/part-named.ts'
import { resizable, type StepSize } from './resize-recipe.ts'
import { regularize, type RegularizerOptions } from './options/regularize.ts'
import type { RecipeWithSession } from './session-parts.ts'

/** What every recipe that samples has. */
export interface RolloutOptions<T extends Task = Task> extends RegularizerOptions {
  /**
   * How the solver attempts a task: `singleTurn` or `multiTurn` of `@icrl/rollout`, or your own.
   */
  readonly attempt: AttemptProtocol<T>
  /** Roles that `attempt` speaks as, which a run must then have. @defaultValue `solver`, trained */
  readonly roles?: NonNullable<Recipe['roles']>
  /** Tasks that a step samples. @defaultValue 16 */
  readonly tasksPerStep?: number
  /** G: sessions of each task. @defaultValue 8 */
  readonly sessionsPerTask?: number
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 1 */
  readonly minibatches?: number
  /** Passes over the rollout batch. @defaultValue 1 */
  readonly epochs?: number
  /**
   * Weighs samples that other weights or another engine drew than those that train.
   *
   * @defaultValue none; samples whose weights are gone are then refused
   */
  readonly correction?: RolloutCorrectionOptions
  /**
   * The samples that the loss is averaged over: those that are `trained`, or all that were
   * `sampled`, also the filtered ones, as released code often has it.
   *
   * @defaultValue `trained`
   */
  readonly denominator?: 'trained' | 'sampled'
}

/** A method's own parts: at least advantages, aggregation, objective and options. */
export type SolverParts<T extends Task> = Pick<
  Recipe<T>,
  'advantages' | 'aggregation' | 'objective'
> &
  Partial<Omit<RecipeWithSession<T>, 'name' | 'options'>> & {
    /** Makes `collect` for counts of tasks and sessions, so that {@link resizeRecipe} can change them. */
    readonly collectOf?: (size: Required<StepSize>) => Recipe<T>['collect']
    /** The method's own options, resolved. */
    readonly options: Readonly<Record<string, Json>>
  }

/**
 * Makes a recipe from a method's parts. By default a session is one critique-free attempt, and
 * evaluations are the same. All recipes of this package but `sft` are made with it; yours can be,
 * too.
 *
 * @throws `invalid-option` for an option that does not exist, a count below 1 or a coefficient
 * below 0
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
  allParts: SolverParts<T>,
): RecipeWithSession<T> {
  const {
    collectOf = () => collectSessions({ protocol, tasksPerStep, sessionsPerTask }),
    ...parts
  } = allParts
  const {
    attempt,
    roles = { solver: { trained: true } },
    tasksPerStep = 16,
    sessionsPerTask = 8,
    minibatches = 1,
    epochs = 1,
    klCoefficient = 0,
    klEstimator = 'k3',
    entropyCoefficient = 0,
    correction: correctionOptions,
    denominator = 'trained',
    ...unknown
  } = rollout
  checkCounts(name, { tasksPerStep, sessionsPerTask, minibatches, epochs })
  checkCoefficients(name, { klCoefficient, entropyCoefficient })
  partNamed('denominator', { trained: true, sampled: true }, denominator)
  const correction = correctionOptions && rolloutCorrection(correctionOptions)
  const options = {
    tasksPerStep,
    sessionsPerTask,
    ...parts.options,
    minibatches,
    epochs,
    klCoefficient,
    klEstimator,
    entropyCoefficient,
    correction: correction?.options ?? null,
    denominator,
  }
  const known = { attempt, roles, ...parts.session, ...options }
  refuseUnknown(name, unknown, Object.keys(known))
  const protocol = solveOnce(attempt)
  const recipe: RecipeWithSession<T> = {
    collect: collectOf({ tasksPerStep, sessionsPerTask }),
    minibatches,
    epochs,
    correction,
    denominator,
    evaluations: { critique_free: protocol },
    ...critiqueFigures(),
    session: { attempt, rounds: 1, criticPrompt: criticPrompt<T>(), parseCritique },
    ...parts,
    name,
    roles: { ...roles, ...parts.roles },
    objective: regularize(parts.objective, { klCoefficient, klEstimator, entropyCoefficient }),
    options,
  }
  return parts.collect
    ? recipe
    : resizable(recipe, (size) => solverRecipe(name, { ...rollout, ...size }, allParts))
}
