import type { Message, Renderer, Task } from '@icrl/core'
import { sumScores } from '@icrl/critic'
import {
  demonstrationOf,
  type HintedJudgeOptions,
  judgeResponses,
  ranksBest,
  scoringJudge,
  type ScoringJudgeOptions,
} from '@icrl/recipes'
import type { Lab, Metrics } from '@icrl/trainer'
import { fineTune, learnPairs, lessonsFrom, type LessonOptions } from './lessons.ts'
import { metaJudge } from './meta-judge.ts'

/** Options of {@link spct}. */
export interface SpctOptions<T extends Task>
  extends
    HintedJudgeOptions<T>,
    Omit<LessonOptions<T>, 'steps'>,
    Pick<ScoringJudgeOptions<T>, 'sessionsPerTask' | 'klCoefficient'> {
  /** Optimizer steps of rejective fine-tuning, of rule-based RL and of the meta-judge; without RL if that is 0. */
  readonly steps: readonly [number, number, number]
  /** Judgments of each item that fine-tuning chooses from. @defaultValue 3 */
  readonly samples?: number
  /** Asks whether a judgment is right; answered with `right` or `wrong`. */
  readonly metaPrompt: (task: T, judgment: string) => readonly Message[]
  /** The judge's, for the meta-judge's two answers. */
  readonly renderer: Renderer
  /** What is measured at the end. @defaultValue nothing is */
  readonly heldOut?: readonly T[]
  /** k, judgments in a vote. @defaultValue 32 */
  readonly votes?: number
}

/**
 * SPCT, self-principled critique tuning, for DeepSeek-GRM (Liu et al. 2025, arXiv 2504.02495), a judge
 * that writes principles, a critique and scores `[paper]`:
 *
 *     1  rejective fine-tuning   3 judgments of an item; none if all are right, else the right ones
 *     2  rule-based RL           ±1, GRPO, KL β = 0.08: the recipe `scoringJudge`
 *     3  meta-judge              binary cross-entropy on whether a judgment is right
 *     vote                       S_i = Σ_k s_ik over the k/2 judgments that it trusts most
 *
 * With a `hint`, some judgments are told the label: they pass the same check, and are learned
 * without the hint. Ours has no scalar head: the meta-judge is the judge's own verdict, L = −log
 * σ(logπ(right) − logπ(wrong)), and trust is that margin. Published: learning rate 5e-6 in stage 1,
 * 4e-7 in stage 2.
 *
 * @returns a script for `program`, whose result is the accuracy on `heldOut`: `eval/judged` of one
 * judgment, `vote`, and `guided_vote`, of the same judgments
 * @example
 * import { spct, type SpctOptions } from '@icrl/methods'
 * import { program, type ProgramOptions } from '@icrl/trainer'
 * import type { Task } from '@icrl/core'
 * declare const options: SpctOptions<Task>, model: ProgramOptions
 * await program(model, async (lab) => {
 *   console.log(await spct(options)(lab))
 * })
 */
export function spct<T extends Task>({
  steps: [rejective, rules, meta],
  samples = 3,
  hint,
  metaPrompt,
  renderer,
  heldOut,
  votes = 32,
  sessionsPerTask,
  klCoefficient,
  tasks,
  tasksPerStep,
  optimizer,
  checkpoints,
  ...judging
}: SpctOptions<T>): (lab: Lab) => Promise<Metrics | undefined> {
  const protocol = judgeResponses(judging)
  const shared = { tasks, tasksPerStep, optimizer, checkpoints }
  return async (lab) => {
    const plain = await lab.gather('judgments', { protocol, tasks, sessions: samples })
    const told = hint
      ? await lab.gather('hinted judgments', {
          protocol: judgeResponses({ ...judging, hint }),
          tasks,
          sessions: samples,
        })
      : []
    const tooEasy = new Set(
      [...lessonsFrom(plain, (own) => own.filter(({ findings }) => !findings!.right))]
        .filter(([, wrong]) => wrong.length === 0)
        .map(([id]) => id),
    )
    const chosen = lessonsFrom([...plain, ...told], (own) =>
      own
        .filter(({ task, findings }) => findings!.right && !tooEasy.has(task))
        .flatMap((session) => session.samples.map((sample) => demonstrationOf(sample))),
    )
    await fineTune(lab, 'rejective fine-tuning', chosen, { ...shared, steps: rejective })
    if (rules > 0)
      await lab.train('rules', {
        recipe: scoringJudge({ ...judging, sessionsPerTask, klCoefficient, tasksPerStep }),
        tasks,
        stop: { steps: rules },
        optimizer,
        checkpoints,
      })
    const judged = await lab.gather('judgments to review', { protocol, tasks, sessions: samples })
    const reviewer = metaJudge({ renderer, metaPrompt, tasks: [...tasks, ...(heldOut ?? [])] })
    const loss = { reference: false, beta: 1 }
    await learnPairs(lab, 'meta-judge', reviewer.reviews(judged), {
      ...shared,
      ...loss,
      steps: meta,
    })
    if (!heldOut) return undefined
    return lab.measure('held out', {
      tasks: heldOut,
      protocols: { judged: protocol },
      repeats: votes,
      measure: async (figures) => {
        const trust = await reviewer.trustIn(figures)
        const share = (keep?: number): number =>
          heldOut.filter((task) => {
            const own = [...trust].filter(
              ([{ task: id, findings }]) => id === task.id && findings?.scores,
            )
            const scores = own.map(([{ findings }]) => findings!.scores as readonly number[])
            const sums = sumScores(scores, { keep, trust: own.map(([, margin]) => margin) })
            return scores.length > 0 && ranksBest(sums, judging.labelOf(task))
          }).length / heldOut.length
        return { vote: share(), guided_vote: share(Math.ceil(votes / 2)) }
      },
    })
  }
}
