import {
  eachSession,
  groupAdvantage,
  groupBy,
  klInReward,
  leaveOneOut,
  rewardRole,
} from '@icrl/advantage'
import type { Message, Recipe, SessionProtocol, Task } from '@icrl/core'
import { reinforce, sequenceMeanTokenSum } from '@icrl/objective'
import { collectSessions } from '@icrl/recipes'
import { derive, singleTurn, solveOnce } from '@icrl/rollout'
import type { Lab, LabTrainOptions, Metrics } from '@icrl/trainer'
import {
  critiqueAndRefine,
  critiqueFindings,
  critiqueOnly,
  isDiscerning,
  type AnsweredTask,
  type CritiqueAndRefineOptions,
  type CritiqueFindings,
} from './critique-and-refine.ts'

/** Options of {@link critiqueRl}. */
export interface CritiqueRlOptions<T extends Task>
  extends CritiqueAndRefineOptions<T>, Pick<LabTrainOptions<T>, 'optimizer' | 'checkpoints'> {
  /** What is trained on. */
  readonly tasks: readonly T[]
  /** The conversation that the role `actor` answers; it is never trained. */
  readonly prompt: (task: T) => readonly Message[]
  /** Steps of stage I and of stage II; a stage of 0 steps is left out. */
  readonly steps: readonly [number, number]
  /** Share of the verdict in stage II's reward. @defaultValue 0.2 */
  readonly verdictShare?: number
  /**
   * β of the KL in the reward, from the start in stage I, from the end of stage I in II.
   *
   * @defaultValue 0.01
   */
  readonly klCoefficient?: number
  /** Tasks that a step samples. @defaultValue 16 */
  readonly tasksPerStep?: number
  /** Critiques of each answer. @defaultValue 4 */
  readonly sessionsPerTask?: number
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
  /** The critic's policy. @defaultValue `shared` */
  readonly policy?: string
}

/**
 * The reward of a critique in stage II of Critique-RL (arXiv 2510.24320) `[code]`: what the refined
 * answer earns and a share for the verdict, but −1 whenever the verdict is wrong or missing.
 *
 * @example
 * import { helpfulness } from '@icrl/methods'
 * helpfulness({ verdict: 'right', isRight: true, refined: 1 }) // 1.2
 * helpfulness({ verdict: undefined, isRight: true, refined: 1 }) // -1
 */
export function helpfulness(
  said: CritiqueFindings,
  { verdictShare = 0.2 }: { readonly verdictShare?: number } = {},
): number {
  return isDiscerning(said) ? said.refined + verdictShare : -1
}

/**
 * Critique-RL (arXiv 2510.24320): a critic learns first to tell right answers from wrong ones, then
 * to help a frozen actor refine them, without losing the first `[code]`:
 *
 *     r_I  = +1 if the verdict is right, else −1 (a missing one is wrong)
 *     r_II = 1[refined answer right] + 0.2, but −1 where the verdict is wrong or missing
 *
 * in stages I and II, minus 0.01 KL, in stage II from the end of stage I. RLOO over the critiques of one answer; the
 * actor's first answers are gathered once. With the indirect reward alone a critic says "wrong" of
 * everything as soon as its hints are good enough. Published: 4 critiques, learning rate 5e-7, batch
 * 64, two inner epochs (ours has one), temperature 0.7.
 *
 * @returns a script for `program`, whose result is the figures of `heldOut`: `discrimination` is
 * Acc\@Dis, `eval/refined` Acc\@Refine, `gain` its distance from the first answers
 * @example
 * import { critiqueRl, type CritiqueRlOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: CritiqueRlOptions<QuestionTask>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await critiqueRl(options)(lab))
 * })
 */
export function critiqueRl<T extends Task>(
  options: CritiqueRlOptions<T>,
): (lab: Lab) => Promise<Metrics | undefined> {
  const { tasks, heldOut, optimizer, checkpoints, policy = 'shared', verdictShare } = options
  const [first, second] = options.steps
  const judge = critiqueOnly(options)
  const refine = critiqueAndRefine(options)
  return async (lab) => {
    const start = await lab.frozen(await lab.keep('start', policy))
    const answered = await answersOf(lab, 'answers', tasks, options)
    const shared = { tasks: answered, optimizer, checkpoints }
    if (first > 0)
      await lab.train('discriminability', {
        ...shared,
        recipe: criticRecipe('critique-rl-i', options, judge, (said) =>
          isDiscerning(said) ? 1 : -1,
        ),
        stop: { steps: first },
        references: { [policy]: start },
      })
    const discerning = await lab.frozen(await lab.keep('discerning', policy))
    if (second > 0)
      await lab.train('helpfulness', {
        ...shared,
        recipe: criticRecipe('critique-rl-ii', options, refine, (said) =>
          helpfulness(said, { verdictShare }),
        ),
        stop: { steps: second },
        references: { [policy]: discerning },
      })
    if (!heldOut) return undefined
    const held = await answersOf(lab, 'held-out answers', heldOut, options)
    return lab.measure('held out', {
      tasks: held,
      protocols: { refined: refine },
      measure: async ({ sets }) => {
        const said = sets.flatMap(({ conditions }) => conditions.refined).map(critiqueFindings)
        const share = (of: (one: CritiqueFindings) => number): number =>
          said.reduce((sum, one) => sum + of(one), 0) / said.length
        return {
          discrimination: share((one) => Number(isDiscerning(one))),
          gain: share(({ refined, isRight }) => refined - Number(isRight)),
        }
      },
    })
  }
}

/** The actor's answers as tasks for the critic. */
async function answersOf<T extends Task>(
  lab: Lab,
  name: string,
  tasks: readonly T[],
  { prompt, verifier }: CritiqueRlOptions<T>,
): Promise<AnsweredTask<T>[]> {
  const protocol = solveOnce(singleTurn<T>({ prompt, verifier, role: 'actor' }))
  const sessions = await lab.gather(name, { protocol, tasks })
  const answered = sessions.filter(({ failure }) => !failure)
  return derive(answered, tasks, ({ transcript, outcomes }, of): AnsweredTask<T>[] => [
    {
      id: `${of.id}/critique`,
      of,
      answer: transcript[0].text,
      isRight: outcomes[0].success,
    },
  ])
}

/** RLOO on critiques, with KL in the reward. */
function criticRecipe<T extends Task>(
  name: string,
  options: CritiqueRlOptions<T>,
  protocol: SessionProtocol<AnsweredTask<T>>,
  rewardOf: (said: CritiqueFindings) => number,
): Recipe<AnsweredTask<T>> {
  const { tasksPerStep = 16, sessionsPerTask = 4 } = options
  const { klCoefficient = 0.01, verdictShare = 0.2 } = options
  return {
    name,
    roles: { critic: { trained: true } },
    collect: collectSessions({ protocol, tasksPerStep, sessionsPerTask }),
    reward: eachSession(
      rewardRole('critic', (_, session) => ({ critique: rewardOf(critiqueFindings(session)) })),
    ),
    wantsReference: klCoefficient > 0,
    advantages: klInReward(groupAdvantage({ by: groupBy('task'), baseline: leaveOneOut() }), {
      coefficient: klCoefficient,
    }),
    objective: reinforce(),
    aggregation: sequenceMeanTokenSum(),
    options: { tasksPerStep, sessionsPerTask, klCoefficient, verdictShare },
  }
}
