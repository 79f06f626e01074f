import {
  eachSession,
  groupAdvantage,
  groupBy,
  improvementBonus,
  leaveOneOut,
  rewardRole,
} from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { k2, reinforce, routed, sequenceMeanTokenSum, withKl } from '@icrl/objective'
import { collectSessions, solverRecipe } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import type { Lab, LabTrainOptions, Metrics } from '@icrl/trainer'
import { transitions } from './transitions.ts'
import { twoTurns, type TwoTurnsOptions } from './two-turns.ts'

/** What both stages of {@link score} share. */
export interface ScoreStageOptions<T extends Task> extends TwoTurnsOptions<T> {
  /** α of the bonus for progress. Stage I has none. @defaultValue 10 */
  readonly alpha?: number
  /** β₁ of the KL from the base on both turns. @defaultValue 0.01 */
  readonly beta1?: number
  /**
   * β₂ of the KL from the base on turn 1 in stage I, which holds it where it is.
   *
   * @defaultValue 0.1
   */
  readonly beta2?: number
  /** Tasks that a step samples. @defaultValue 16 */
  readonly tasksPerStep?: number
  /** Sessions of each task in a step. @defaultValue 8 */
  readonly sessionsPerTask?: number
}

/** Options of {@link score}. */
export interface ScoreOptions<T extends Task>
  extends ScoreStageOptions<T>, Pick<LabTrainOptions<T>, 'optimizer' | 'tasks' | 'checkpoints'> {
  /** Steps of stage I and of stage II; a stage of 0 steps is left out. */
  readonly steps: readonly [number, number]
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
  /** The policy's name. @defaultValue `shared` */
  readonly policy?: string
}

/**
 * SCoRe (Kumar et al. 2024, arXiv 2409.12917): a policy learns to correct itself in a second turn,
 * from its own samples. In both stages the reference is the base `[paper]`:
 *
 *     J_I  = r(y₂) − β₂ KL(turn 1 ‖ base) − β₁ KL(turn 2 ‖ base)
 *     J_II = r(y₁) + r(y₂) + α (r(y₂) − r(y₁)) − β₁ KL of both turns
 *
 * are made large, the bonus for progress by turn 2 alone. Stage I moves the second turn away from copying the first; without it, the policy may learn to
 * answer well at once and never to correct. Each turn is credited with its own reward: crediting
 * turn 1 with the bonus, too, makes a policy answer wrongly on purpose. REINFORCE with the mean of
 * the other sessions' same turn as baseline (ours), KL as k2. The constants are from memory `[mem]`.
 *
 * @returns a script for `program`, whose result is the figures of `heldOut`
 * @example
 * import { score, type ScoreOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: ScoreOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await score(options)(lab))
 * })
 */
export function score<T extends Task>({
  optimizer,
  tasks,
  checkpoints,
  steps: [first, second],
  heldOut,
  policy = 'shared',
  ...options
}: ScoreOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  return async (lab) => {
    const base = await lab.frozen(await lab.keep('base', policy))
    const shared = { tasks, optimizer, checkpoints, references: { [policy]: base } }
    const stages = [
      { name: 'stage I', recipe: scoreStageI(options), steps: first },
      { name: 'stage II', recipe: scoreStageII(options), steps: second },
    ]
    for (const { name, recipe, steps } of stages)
      if (steps > 0) await lab.train(name, { ...shared, recipe, stop: { steps } })
    if (!heldOut) return undefined
    return lab.measure('held out', {
      tasks: heldOut,
      protocols: { two_turns: twoTurns(options) },
      measure: async ({ sets }) => ({
        ...transitions(sets.flatMap(({ conditions }) => conditions.two_turns)),
      }),
    })
  }
}

/**
 * Stage I of {@link score}: the second turn learns, the first is held.
 *
 * @example
 * import { scoreStageI, type ScoreStageOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: ScoreStageOptions<QuestionTask>
 * const recipe = scoreStageI(options)
 */
export function scoreStageI<T extends Task>(options: ScoreStageOptions<T>): Recipe<T> {
  const { beta1 = 0.01, beta2 = 0.1 } = options
  return stage('score-i', options, [beta2, beta1], (r1, r2, turn) => (turn === 1 ? 0 : r2))
}

/**
 * Stage II of {@link score}: both turns learn, the second is paid for progress.
 *
 * @example
 * import { scoreStageII, type ScoreStageOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: ScoreStageOptions<QuestionTask>
 * const recipe = scoreStageII(options)
 */
export function scoreStageII<T extends Task>(options: ScoreStageOptions<T>): Recipe<T> {
  const { alpha = 10, beta1 = 0.01 } = options
  return stage('score-ii', options, [beta1, beta1], (r1, r2, turn) =>
    turn === 1 ? r1 : improvementBonus(r1, r2, { alpha }),
  )
}

/** Two-turn REINFORCE: a KL coefficient and a reward for each turn. */
function stage<T extends Task>(
  name: string,
  { alpha = 10, beta1 = 0.01, beta2 = 0.1, ...options }: ScoreStageOptions<T>,
  [first, second]: readonly [number, number],
  rewardOf: (r1: number, r2: number, turn: number) => number,
): Recipe<T> {
  const { prompt, revise, verifier, tasksPerStep = 16, sessionsPerTask = 8 } = options
  const protocol = twoTurns({ prompt, revise, verifier })
  const attempt = singleTurn<T>({ prompt, verifier })
  const pulled = (coefficient: number): Recipe['objective'] =>
    withKl(reinforce(), { coefficient, estimator: k2 })
  return solverRecipe<T>(
    name,
    { attempt, tasksPerStep, sessionsPerTask },
    {
      collect: collectSessions({ protocol, tasksPerStep, sessionsPerTask }),
      reward: eachSession(
        rewardRole('solver', ({ keys }, { outcomes: [one, two] }) => ({
          shaped: rewardOf(one.reward, two.reward, keys.round),
        })),
      ),
      advantages: groupAdvantage({ by: groupBy('task', 'round'), baseline: leaveOneOut() }),
      objective: routed({
        when: ({ keys }) => keys?.round === 1,
        use: pulled(first),
        otherwise: pulled(second),
      }),
      aggregation: sequenceMeanTokenSum(),
      evaluations: { two_turns: protocol },
      options: { alpha, beta1, beta2 },
    },
  )
}
