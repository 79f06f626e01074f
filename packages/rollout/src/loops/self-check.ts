import type { Coroutine, Message, Role, Task } from '@icrl/core'
import type { AttemptRound } from '../protocols/solve-critique-revise.ts'
import { judgedAttempts } from './judged-attempts.ts'
import { type Choice, type Choose, countVotes, saidIn } from './sample-and-choose.ts'

/** Options of {@link selfCheck}. */
export interface SelfCheckOptions<T extends Task = Task> {
  /** The answer in what an attempt said, to be voted on; undefined if there is none. */
  readonly answerOf: (text: string, task: T) => string | undefined
  /** C: critiques are asked for where the top answer has at most so many votes. @defaultValue 2 */
  readonly threshold?: number
  /** Asks whether an attempt is right. */
  readonly prompt: (task: T, attempt: AttemptRound) => readonly Message[]
  /** True: the critique finds the attempt right; false: wrong; undefined: it does not say. */
  readonly read: (text: string) => boolean | undefined
  /** Who critiques. @defaultValue `critic` */
  readonly role?: Role
}

/**
 * Self-consistency with self-check ("Critique Ability of Large Language Models", arXiv 2310.04815)
 * `[paper]`: if the top answer has at most C of the n votes, each attempt is critiqued, those that
 * the critique finds wrong are dropped, and the rest vote. Published: C = 2 for GPT-4, 1 for PaLM-2
 * and ChatGPT. C = 0 is self-consistency.
 *
 * Ours, where the paper is silent: if every attempt is dropped, all of them vote `[ours]`; a critique
 * that does not say keeps its attempt. `findings.checked` tells whether critiques were asked for,
 * `findings.unread` how many did not say.
 *
 * For `sampleAndChoose`.
 *
 * @example
 * import { sampleAndChoose, saidIn, selfCheck } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const protocol = sampleAndChoose<QuestionTask>({
 *   attempt,
 *   n: 8,
 *   choose: selfCheck({
 *     answerOf: (text) => /-?\d+/.exec(text)?.[0],
 *     threshold: 2,
 *     prompt: ({ question }, tried) => [
 *       { role: 'user', content: `${question}\n${saidIn(tried)}\nRight or wrong?` },
 *     ],
 *     read: (text) => (/wrong/i.test(text) ? false : /right/i.test(text) ? true : undefined),
 *   }),
 * })
 */
export function selfCheck<T extends Task = Task>({
  answerOf,
  threshold = 2,
  prompt,
  read,
  role = 'critic',
}: SelfCheckOptions<T>): Choose<T> {
  return async function* (state): Coroutine<Choice> {
    const { task, attempts } = state
    const answers = attempts.map((each) => answerOf(saidIn(each), task))
    const voted = countVotes(answers)
    const agreement = voted.share
    const votes = answers.filter((each) => each === voted.answer).length
    if (voted.answer === undefined || votes > threshold)
      return { chosen: voted.chosen, findings: { agreement, checked: false } }
    const { parts, readings } = yield* judgedAttempts(state, { prompt, read, role })
    const kept = answers.map((answer, i) => (readings[i] === false ? undefined : answer))
    const { chosen } = kept.some((each) => each !== undefined) ? countVotes(kept) : voted
    const unread = readings.filter((reading) => reading === undefined).length
    return { chosen, parts, findings: { agreement, checked: true, unread } }
  }
}
