import { criticReward, eachSession, groupAdvantage, groupBy } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import {
  criticPrompt as defaultCriticPrompt,
  parseCritique as defaultParseCritique,
} from '@icrl/critic'
import { clippedSurrogate } from '@icrl/objective'
import type { CriticOptions } from '@icrl/rollout'
import {
  type CriticName,
  criticRole,
  critics,
  type EvaluationName,
  evaluations as evaluationParts,
  type GateName,
  gates,
  type IcrlSession,
} from './icrl/session-parts.ts'
import { invalidCritiqueRules, type InvalidCritiquesName } from './icrl/invalid-critiques.ts'
import { mirrorSuccesses, replayGuided, type ReplayOptions } from './icrl/reuse.ts'
import { type PresetName, presets, type WeightingName, weightings } from './icrl/presets.ts'
import { checkCoefficients, checkCounts } from './options/check-options.ts'
import { partNamed } from './options/part-named.ts'
import { resizable } from './resize-recipe.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link icrl}. */
export interface IcrlOptions<T extends Task = Task>
  extends RolloutOptions<T>, Partial<CriticOptions<T>> {
  /**
   * Group keys, pseudo-sample, filters, aggregation, and the samples that get weights: the paper's,
   * or the released code's.
   *
   * @defaultValue `paper`
   */
  readonly preset?: PresetName
  /**
   * Which attempts are critiqued: `oracle`, the failed ones; `none`, all.
   *
   * @defaultValue `oracle`
   */
  readonly gate?: GateName
  /**
   * Who critiques: `shared`, the trained policy; `frozen`, its initial snapshot; or a control:
   * `shuffled`, with another task's critique, and `none`, without one.
   *
   * @defaultValue `shared`
   */
  readonly critic?: CriticName
  /** K: most attempts of a session. @defaultValue 2 */
  readonly rounds?: number
  /** The w_t of guided tokens; `none` is the ablation. @defaultValue `token` */
  readonly weights?: WeightingName
  /** w_max; Infinity, stored as null: no cap. @defaultValue 2 */
  readonly maxWeight?: number
  /**
   * w_min, below which no weight falls, with `weights` of `token`, `sequence` and `geometric-mean`.
   * A token that is all but impossible without the critique is never learned at w_t = π(y_t | q) /
   * π(y_t | q, c); with a floor it is, and so is what a critique leaks. Not in the paper.
   *
   * @defaultValue 0
   */
  readonly minWeight?: number
  /**
   * Solver and critic normalized apart, or together, which is the ablation.
   *
   * @defaultValue `role-wise`
   */
  readonly advantages?: 'role-wise' | 'pooled'
  /**
   * What becomes of critiques that `parseCritique` finds invalid, such as empty ones, whose
   * revision is a plain retry: `paid`, by the revision, as eq. 3 says; `unpaid`, reward 0;
   * `dropped`, not trained and in no group.
   *
   * @defaultValue `paid`
   */
  readonly invalidCritiques?: InvalidCritiquesName
  /**
   * Trains guided successes of the last steps again, with w_t of today; no token is sampled for it.
   * Not in the paper: it reaches the same accuracy with fewer tokens on the tasks of the
   * quickstart.
   *
   * @defaultValue no replay
   */
  readonly replay?: ReplayOptions
  /**
   * Factor on the advantages of successful first attempts that are trained under a guided prompt,
   * too; 1 beside `replay`. Not in the paper.
   *
   * @defaultValue 0, none are
   */
  readonly mirror?: number
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /**
   * Conditions to evaluate on held-out tasks.
   *
   * @defaultValue `critique_free`, `with_critique` (not for the critic `none`) and `plain_retry`
   */
  readonly evaluations?: readonly EvaluationName[]
}

/**
 * ICRL (arXiv 2605.15224): one model in two roles makes attempts, critiques of the failed ones, and
 * fresh revisions. Advantages are role-wise (eq. 5); revisions are learned under the critique-free
 * prompt with capped calibration weights (eq. 4, 6); critiques are rewarded by the revision (eq.
 * 3) `[paper]`. Where paper and released code `[code]` differ, `preset` chooses. With `rounds: 1` it is `grpo`.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { icrl } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = icrl({
 *   attempt,
 *   criticPrompt: (task, failed) => [
 *     { role: 'user', content: `${task.question}\n${failed.turns[0].text}\nWhat is wrong?` },
 *   ],
 * })
 */
export function icrl<T extends Task>(options: IcrlOptions<T>): Recipe<T> {
  const {
    preset = 'paper',
    gate = 'oracle',
    critic = 'shared',
    rounds = 2,
    weights = 'token',
    minWeight = 0,
    maxWeight = 2,
    advantages = 'role-wise',
    invalidCritiques = 'paid',
    replay,
    mirror = 0,
    clipLow = 0.2,
    clipHigh = 0.28,
    ...others
  } = options
  const {
    criticPrompt = defaultCriticPrompt<T>(),
    parseCritique = defaultParseCritique,
    criticContextTokens,
    evaluations = defaultEvaluations(critic),
    ...rollout
  } = others
  const { attempt, tasksPerStep = 16, sessionsPerTask = 8 } = rollout
  const replayed = replay && replayGuided(replay)
  checkCounts('icrl', {
    rounds,
    'replay.steps': replayed?.steps ?? 1,
    'replay.most': replayed?.most ?? 1,
  })
  checkCoefficients('icrl', { mirror })
  const { groupKeys, baseline, filters, aggregation, weighted } = partNamed(
    'preset',
    presets,
    preset,
  )
  const { stop, worth } = partNamed('gate', gates, gate)
  const session: IcrlSession<T> = {
    attempt,
    criticPrompt,
    parseCritique,
    criticContextTokens,
    rounds,
    gate: stop,
    tasksPerStep,
    sessionsPerTask,
  }
  const invalid = partNamed('invalidCritiques', invalidCritiqueRules, invalidCritiques)
  const arm = partNamed('critic', critics, critic)(session)
  const groups = partNamed(
    'advantages',
    { 'role-wise': [...groupKeys, 'role'], pooled: groupKeys },
    advantages,
  )
  const recipe = solverRecipe('icrl', rollout, {
    ...arm,
    roles: criticRole(critic, rounds, evaluations),
    ...partNamed('weights', weightings, weights)({ appliesTo: weighted, minWeight, maxWeight }),
    reward: eachSession((session) =>
      invalid.reward({ samples: criticReward({ of: worth })(session) }),
    ),
    filters: [...(arm.filters ?? []), ...invalid.filters, ...filters],
    advantages: groupAdvantage({ by: groupBy(...groups), baseline }),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation,
    ...(replayed && { replay: replayed }),
    ...(mirror > 0 && { copies: mirrorSuccesses(mirror) }),
    evaluations: Object.fromEntries(
      evaluations.map((name) => [name, partNamed('evaluations', evaluationParts, name)(session)]),
    ),
    headline: evaluations.includes('critique_free') ? 'critique_free' : undefined,
    session: { attempt, rounds, criticPrompt, parseCritique, criticContextTokens },
    options: {
      preset,
      gate,
      critic,
      rounds,
      weights,
      ...(minWeight > 0 && { minWeight }),
      // JSON has no infinity.
      maxWeight: maxWeight === Infinity ? null : maxWeight,
      advantages,
      invalidCritiques,
      replay: replayed ? { steps: replayed.steps, most: replayed.most } : null,
      mirror,
      clipLow,
      clipHigh,
      evaluations: [...evaluations],
    },
  })
  return resizable<Recipe<T>>(recipe, (size) => icrl({ ...options, ...size }))
}

function defaultEvaluations(critic: string): EvaluationName[] {
  return critic === 'none'
    ? ['critique_free', 'plain_retry']
    : ['critique_free', 'with_critique', 'plain_retry']
}
