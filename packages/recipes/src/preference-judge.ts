import { eachSession, groupAdvantage, groupBy, meanStd, rewardRole } from '@icrl/advantage'
import type { Message, Recipe, SessionProtocol, Task } from '@icrl/core'
import { parsePreference as defaultParse } from '@icrl/critic'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { roleTurn, sessionResult } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link preferenceJudge}. */
export interface PreferenceJudgeOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** A task's two responses. */
  readonly pairOf: (task: T) => { readonly better: string; readonly worse: string }
  /** Asks which of two responses is better. */
  readonly judgePrompt: (task: T, first: string, second: string) => readonly Message[]
  /** Reads the judge's preference. @defaultValue `parsePreference` of `@icrl/critic` */
  readonly parsePreference?: (text: string) => 'first' | 'second' | undefined
  /**
   * Share of accuracy in the reward; the rest is for an answer in the asked form.
   *
   * @defaultValue 0.9
   */
  readonly accuracyShare?: number
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /** β of the penalty in the loss for distance from the initial policy. @defaultValue 0.01 */
  readonly klCoefficient?: number
}

/**
 * A judge of preference pairs, after LLaVA-Critic-R1 (arXiv 2509.00676), as a text analogue: there
 * the pairs are about pictures. Reward `[code]`:
 *
 *     r = 0.9 · 1[the better one is preferred] + 0.1 · 1[a preference can be read]
 *
 * GRPO with G = 8 and KL β = 0.01. Sessions alternate the order of the two, so that a judge that
 * always prefers one place earns half. The same policy solves tasks: evaluations run `attempt`, and
 * show whether judging teaches solving.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { preferenceJudge } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * declare const wrong: ReadonlyMap<string, string>
 * const recipe = preferenceJudge({
 *   attempt,
 *   pairOf: ({ id, answer }) => ({ better: answer, worse: wrong.get(id)! }),
 *   judgePrompt: ({ question }, first, second) => [
 *     { role: 'user', content: `${question}\nFirst: ${first}\nSecond: ${second}\nWhich?` },
 *   ],
 * })
 */
export function preferenceJudge<T extends Task>({
  pairOf,
  judgePrompt,
  parsePreference = defaultParse,
  accuracyShare = 0.9,
  clipLow = 0.2,
  clipHigh = 0.28,
  klCoefficient = 0.01,
  ...rollout
}: PreferenceJudgeOptions<T>): Recipe<T> {
  const protocol = judgeProtocol({ pairOf, judgePrompt, parsePreference })
  return solverRecipe(
    'preference-judge',
    { ...rollout, klCoefficient },
    {
      roles: { judge: { trained: true } },
      collectOf: (size) => collectSessions({ protocol, ...size }),
      reward: eachSession(
        rewardRole('judge', (_, { findings }) => ({
          accuracy: accuracyShare * Number(findings?.verdict === 'better'),
          form: (1 - accuracyShare) * Number(findings?.verdict !== 'unreadable'),
        })),
      ),
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: clippedSurrogate({ clipLow, clipHigh }),
      aggregation: tokenMean(),
      options: { accuracyShare, clipLow, clipHigh },
    },
  )
}

/** One judgment of a task's pair; the better one is shown first in every other session. */
function judgeProtocol<T extends Task>({
  pairOf,
  judgePrompt,
  parsePreference,
}: Required<
  Pick<PreferenceJudgeOptions<T>, 'pairOf' | 'judgePrompt' | 'parsePreference'>
>): SessionProtocol<T> {
  return async function* (task, context) {
    const { better, worse } = pairOf(task)
    const isFirst = context.session % 2 === 0
    const said = yield* roleTurn({
      role: 'judge',
      task,
      context,
      messages: judgePrompt(task, isFirst ? better : worse, isFirst ? worse : better),
      isValid: (text) => parsePreference(text) !== undefined,
    })
    const preferred = parsePreference(said.text)
    const isBetter = preferred === (isFirst ? 'first' : 'second')
    const verdict = preferred === undefined ? 'unreadable' : isBetter ? 'better' : 'worse'
    const outcome = { reward: Number(isBetter), success: isBetter }
    return sessionResult(task, context, [{ ...said, outcome }], { verdict })
  }
}
