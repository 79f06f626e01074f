import { eachSession, groupAdvantage, groupBy, meanStd, rewardRole } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { clippedSurrogate, sequenceMeanTokenMean } from '@icrl/objective'
import { singleTurn } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { isRight, judgeResponses, scoresIn, type JudgeResponsesOptions } from './judge-responses.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link scoringJudge}. */
export interface ScoringJudgeOptions<T extends Task = Task>
  extends JudgeResponsesOptions<T>, Omit<RolloutOptions<T>, 'attempt'> {
  /** What a right, a wrong and an unreadable judgment earn. @defaultValue 1, −1 and −1 */
  readonly pays?: { readonly right: number; readonly wrong: number; readonly unreadable: number }
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.2 */
  readonly clipHigh?: number
  /** G: sessions of each task. @defaultValue 4 */
  readonly sessionsPerTask?: number
  /** β of the penalty in the loss for distance from the initial policy. @defaultValue 0.08 */
  readonly klCoefficient?: number
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
      collectOf: (size) => collectSessions({ protocol, ...size }),
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
