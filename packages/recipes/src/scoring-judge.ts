import { eachSession, groupAdvantage, groupBy, meanStd, rewardRole } from '@icrl/advantage'
import type { Message, Recipe, SessionProtocol, Task } from '@icrl/core'
import { parseScores as defaultParse } from '@icrl/critic'
import { clippedSurrogate, sequenceMeanTokenMean } from '@icrl/objective'
import { roleTurn, sessionResult, singleTurn } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** How responses are judged. */
export interface JudgeResponsesOptions<T extends Task = Task> {
  /** The responses to a task that are to be judged. */
  readonly responsesOf: (task: T) => readonly string[]
  /** Of several responses the index of the best one; of a single one its score. */
  readonly labelOf: (task: T) => number
  /** Asks the role `judge` for a score of each response, in this order. */
  readonly judgePrompt: (task: T, responses: readonly string[]) => readonly Message[]
  /** The scores in a judgment; default: `parseScores` of `@icrl/critic`. */
  readonly parseScores?: (text: string, count: number) => readonly number[] | undefined
}

/** Options of {@link scoringJudge}. */
export interface ScoringJudgeOptions<T extends Task = Task>
  extends JudgeResponsesOptions<T>, Omit<RolloutOptions<T>, 'attempt'> {
  /** Default: 1, −1 and −1. */
  readonly pays?: { readonly right: number; readonly wrong: number; readonly unreadable: number }
  /** Default: 0.2. */
  readonly clipLow?: number
  /** Default: 0.2. */
  readonly clipHigh?: number
}

/**
 * A judge that scores responses, trained by rule: the second stage of SPCT, for DeepSeek-GRM (Liu et
 * al. 2025, arXiv 2504.02495) `[paper]`. It writes principles, a critique and a score per response:
 *
 *     r = +1 if the best response has strictly the highest score (a single one: its label), else −1
 *
 * GRPO with G = 4; no reward for the form, and a stronger KL, β = 0.08, in its place. Published:
 * learning rate 4e-7. A session shows the responses in an order of its own, turned by its number, so
 * that no place pays. The pairwise judge of Writing-Zero (arXiv 2506.00103) is the same with two
 * responses and `pays: { right: 1, wrong: 0.1, unreadable: 0 }`; its weights are not known, and ours
 * leave out its term for the margin `[ours]`.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { scoringJudge } from '@icrl/recipes'
 * import type { Task } from '@icrl/core'
 * interface Ranked extends Task { question: string; responses: string[]; best: number }
 * const recipe = scoringJudge<Ranked>({
 *   responsesOf: ({ responses }) => responses,
 *   labelOf: ({ best }) => best,
 *   judgePrompt: ({ question }, responses) => [
 *     { role: 'user', content: [question, ...responses, 'Scores, as [7, 3]:'].join('\n') },
 *   ],
 * })
 */
export function scoringJudge<T extends Task>({
  responsesOf,
  labelOf,
  judgePrompt,
  parseScores,
  pays = { right: 1, wrong: -1, unreadable: -1 },
  clipLow = 0.2,
  clipHigh = 0.2,
  sessionsPerTask = 4,
  klCoefficient = 0.08,
  ...rollout
}: ScoringJudgeOptions<T>): Recipe<T> {
  const { tasksPerStep = 16 } = rollout
  const judging = { responsesOf, labelOf, judgePrompt, parseScores }
  const protocol = judgeResponses(judging)
  const attempt = singleTurn<T>({
    role: 'judge',
    prompt: (task) => judgePrompt(task, responsesOf(task)),
    verifier: ({ text, task }) => {
      const scores = scoresIn(judging, task, text)
      return { reward: Number(isRight(judging, task, scores)), valid: scores !== undefined }
    },
  })
  return solverRecipe(
    'scoring-judge',
    { roles: {}, ...rollout, attempt, sessionsPerTask, klCoefficient },
    {
      roles: { judge: { trained: true } },
      collect: collectSessions({ protocol, tasksPerStep, sessionsPerTask }),
      evaluations: { judged: protocol },
      reward: eachSession(
        rewardRole('judge', (_, { findings }) => ({
          judged: pays[findings?.scores ? (findings.right ? 'right' : 'wrong') : 'unreadable'],
        })),
      ),
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: clippedSurrogate({ clipLow, clipHigh }),
      aggregation: sequenceMeanTokenMean(),
      options: { pays, clipLow, clipHigh },
    },
  )
}

/** Options of the protocol {@link judgeResponses} alone. */
export interface HintedJudgeOptions<T extends Task = Task> extends JudgeResponsesOptions<T> {
  /** Further words for the judge, such as the label; its sample is learned without them. */
  readonly hint?: (task: T, responses: readonly string[]) => string
}

/**
 * One judgment of a task's responses, by the role `judge`. Session s shows them turned by s places.
 * Its findings are `scores`, in the task's order, or null where they cannot be read, and `right`: of
 * several responses that the best one has strictly the highest score, of a single one that its score
 * is the label.
 *
 * @example
 * import { judgeResponses } from '@icrl/recipes'
 * import type { JudgeResponsesOptions } from '@icrl/recipes'
 * declare const judging: JudgeResponsesOptions
 * const protocol = judgeResponses(judging)
 */
export function judgeResponses<T extends Task>({
  hint,
  ...judging
}: HintedJudgeOptions<T>): SessionProtocol<T> {
  const { responsesOf, judgePrompt } = judging
  return async function* (task, context) {
    const responses = responsesOf(task)
    const first = context.session % responses.length
    const shown = turned(responses, first)
    const plain = judgePrompt(task, shown)
    const said = yield* roleTurn({
      role: 'judge',
      task,
      context,
      messages: hint ? [...plain, { role: 'user', content: hint(task, shown) }] : plain,
      ...(hint && { learnUnder: context.roles.judge.renderer.start(plain) }),
      isValid: (text) => scoresIn(judging, task, text) !== undefined,
    })
    const given = scoresIn(judging, task, said.text)
    const scores = given && turned(given, responses.length - first)
    const right = isRight(judging, task, scores)
    const outcome = { reward: Number(right), success: right }
    const samples = said.samples.map((sample) => ({ ...sample, success: right }))
    return sessionResult(task, context, [{ ...said, samples, outcome }], {
      scores: scores ?? null,
      right,
    })
  }
}

/** Begins with the item of this index, and has those before it last. */
function turned<Item>(items: readonly Item[], first: number): Item[] {
  return [...items.slice(first), ...items.slice(0, first)]
}

function scoresIn<T extends Task>(
  { parseScores = defaultParse, responsesOf }: JudgeResponsesOptions<T>,
  task: T,
  text: string,
): readonly number[] | undefined {
  return parseScores(text, responsesOf(task).length)
}

function isRight<T extends Task>(
  { labelOf }: JudgeResponsesOptions<T>,
  task: T,
  scores: readonly number[] | undefined,
): boolean {
  return scores !== undefined && ranksBest(scores, labelOf(task))
}

/**
 * Whether scores are right: of several, that the one at `label` is strictly the highest; of a single
 * one, that it is `label`.
 *
 * @example
 * import { ranksBest } from '@icrl/recipes'
 * ranksBest([7, 3], 0) // true
 * ranksBest([5, 5], 0) // false, a tie
 * ranksBest([4], 4) // true
 */
export function ranksBest(scores: readonly number[], label: number): boolean {
  if (scores.length === 1) return scores[0] === label
  return scores.every((score, i) => i === label || score < scores[label])
}
