import {
  eachSession,
  groupAdvantage,
  groupBy,
  klInReward,
  leaveOneOut,
  rewardRole,
} from '@icrl/advantage'
import type { Json, Message, Recipe, SessionProtocol, Task, Verifier } from '@icrl/core'
import { parseVerdict as defaultParse } from '@icrl/critic'
import { reinforce, sequenceMeanTokenSum } from '@icrl/objective'
import { collectSessions } from '@icrl/recipes'
import { derive, roleTurn, sessionResult, singleTurn, solveOnce } from '@icrl/rollout'
import type { Lab, LabTrainOptions, Metrics } from '@icrl/trainer'

/** Options of {@link critiqueRl}. */
export interface CritiqueRlOptions<T extends Task> extends Pick<
  LabTrainOptions<T>,
  'optimizer' | 'checkpoints'
> {
  /** What is trained on. */
  readonly tasks: readonly T[]
  /** The conversation that the role `actor` answers; it is never trained. */
  readonly prompt: (task: T) => readonly Message[]
  /** What an answer is worth. */
  readonly verifier: Verifier<T>
  /** Asks the role `critic` about an answer. */
  readonly criticPrompt: (task: T, answer: string) => readonly Message[]
  /** The verdict in a critique; default: `parseVerdict` of `@icrl/critic`. */
  readonly parseVerdict?: (text: string) => Verdict
  /** Asks the actor for a new answer. */
  readonly refinePrompt: (task: T, answer: string, critique: string) => readonly Message[]
  /** Steps of stage I and of stage II; a stage of 0 steps is left out. */
  readonly steps: readonly [number, number]
  /** Share of the verdict in stage II's reward; default: 0.2. */
  readonly verdictShare?: number
  /** β of the KL in the reward, from the start in stage I, from the end of stage I in II; default: 0.01. */
  readonly klCoefficient?: number
  /** Default: 16. */
  readonly tasksPerStep?: number
  /** Critiques of each answer; default: 4. */
  readonly sessionsPerTask?: number
  /** What is measured at the end; default: nothing is. */
  readonly heldOut?: readonly T[]
  /** The critic's policy; default: `shared`. */
  readonly policy?: string
}

type Verdict = 'right' | 'wrong' | undefined

/** An answer that is to be critiqued. */
interface AnsweredTask<T extends Task> extends Task {
  readonly of: T
  readonly answer: string
  readonly isRight: boolean
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
  said: { readonly verdict: Verdict; readonly isRight: boolean; readonly refined: number },
  { verdictShare = 0.2 }: { readonly verdictShare?: number } = {},
): number {
  const isDiscerning = said.verdict === (said.isRight ? 'right' : 'wrong')
  return isDiscerning ? said.refined + verdictShare : -1
}

/**
 * Critique-RL (arXiv 2510.24320): a critic learns first to tell right answers from wrong ones, then
 * to help a frozen actor refine them, without losing the first `[code]`:
 *
 *     I   r = +1 if the verdict is right, else −1 (a missing one is wrong)
 *     II  r = 1[refined answer right] + 0.2, but −1 where the verdict is wrong or missing
 *
 * minus 0.01 KL, in stage II from the end of stage I. RLOO over the critiques of one answer; the
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
        recipe: criticRecipe('critique-rl-i', options, judge, ({ isRight, verdict }) =>
          verdict === (isRight ? 'right' : 'wrong') ? 1 : -1,
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
        const said = sets.flatMap(({ conditions }) => conditions.refined).map(foundIn)
        const share = (of: (one: Found) => number): number =>
          said.reduce((sum, one) => sum + of(one), 0) / said.length
        return {
          discrimination: share(({ verdict, isRight }) =>
            Number(verdict === (isRight ? 'right' : 'wrong')),
          ),
          gain: share(({ refined, isRight }) => refined - Number(isRight)),
        }
      },
    })
  }
}

/** What a session concluded. */
interface Found {
  readonly verdict: Verdict
  readonly isRight: boolean
  readonly refined: number
}

function foundIn({ findings }: { readonly findings?: Readonly<Record<string, Json>> }): Found {
  const { verdict, isRight, refined } = findings!
  return { verdict: verdict as Verdict, isRight: isRight === true, refined: Number(refined) }
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

function critiqueOnly<T extends Task>({
  criticPrompt,
  parseVerdict = defaultParse,
}: CritiqueRlOptions<T>): SessionProtocol<AnsweredTask<T>> {
  return async function* (task, context) {
    const messages = criticPrompt(task.of, task.answer)
    const said = yield* roleTurn({ role: 'critic', task, context, messages })
    const verdict = parseVerdict(said.text) ?? null
    const isRight = verdict === (task.isRight ? 'right' : 'wrong')
    const outcome = { reward: Number(isRight), success: isRight }
    return sessionResult(task, context, [{ ...said, outcome }], {
      verdict,
      isRight: task.isRight,
      refined: 0,
    })
  }
}

function critiqueAndRefine<T extends Task>({
  criticPrompt,
  parseVerdict = defaultParse,
  refinePrompt,
  verifier,
}: CritiqueRlOptions<T>): SessionProtocol<AnsweredTask<T>> {
  return async function* (task, context) {
    const { of, answer, isRight } = task
    const said = yield* roleTurn({
      role: 'critic',
      task,
      context,
      messages: criticPrompt(of, answer),
    })
    const messages = refinePrompt(of, answer, said.text)
    const { text, reply, ...refined } = yield* roleTurn({
      role: 'actor',
      task,
      context,
      round: 2,
      messages,
    })
    const { reward } = await verifier({ text, tokens: reply.tokens, task: of })
    const outcome = { reward, success: reward === 1 }
    return sessionResult(task, context, [said, { ...refined, outcome }], {
      verdict: parseVerdict(said.text) ?? null,
      isRight,
      refined: reward,
    })
  }
}

/** RLOO on critiques, with KL in the reward. */
function criticRecipe<T extends Task>(
  name: string,
  options: CritiqueRlOptions<T>,
  protocol: SessionProtocol<AnsweredTask<T>>,
  rewardOf: (said: Found) => number,
): Recipe<AnsweredTask<T>> {
  const { tasksPerStep = 16, sessionsPerTask = 4 } = options
  const { klCoefficient = 0.01, verdictShare = 0.2 } = options
  return {
    name,
    roles: { critic: { trained: true } },
    collect: collectSessions({ protocol, tasksPerStep, sessionsPerTask }),
    reward: eachSession(
      rewardRole('critic', (_, session) => ({ critique: rewardOf(foundIn(session)) })),
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
