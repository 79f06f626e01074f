import type { Message, SessionProtocol, Task } from '@icrl/core'
import { parseScores as defaultParse } from '@icrl/critic'
import { roleTurn, sessionResult } from '@icrl/rollout'

/** How responses are judged. */
export interface JudgeResponsesOptions<T extends Task = Task> {
  /** The responses to a task that are to be judged. */
  readonly responsesOf: (task: T) => readonly string[]
  /** Of several responses the index of the best one; of a single one its score. */
  readonly labelOf: (task: T) => number
  /** Asks the role `judge` for a score of each response, in this order. */
  readonly judgePrompt: (task: T, responses: readonly string[]) => readonly Message[]
  /** The scores in a judgment. @defaultValue `parseScores` of `@icrl/critic` */
  readonly parseScores?: (text: string, count: number) => readonly number[] | undefined
}

/** Options of the protocol {@link judgeResponses} alone. */
export interface HintedJudgeOptions<T extends Task = Task> extends JudgeResponsesOptions<T> {
  /**
   * Further words for the judge, such as the label; its sample is learned without them.
   *
   * @defaultValue none
   */
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
    const shown = rotated(responses, first)
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
    const scores = given && rotated(given, responses.length - first)
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
function rotated<Item>(items: readonly Item[], first: number): Item[] {
  return [...items.slice(first), ...items.slice(0, first)]
}

/** The scores in a judgment; undefined if they cannot be read. */
export function scoresIn<T extends Task>(
  { parseScores = defaultParse, responsesOf }: JudgeResponsesOptions<T>,
  task: T,
  text: string,
): readonly number[] | undefined {
  return parseScores(text, responsesOf(task).length)
}

/** Whether scores, in the task's order, agree with its label. */
export function isRight<T extends Task>(
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
