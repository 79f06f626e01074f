import {
  outcomeOf,
  type Message,
  type SessionPart,
  type SessionProtocol,
  type Task,
  type Verifier,
} from '@icrl/core'
import { parseVerdict } from '@icrl/critic'
import { roleTurn, sessionResult } from '@icrl/rollout'

/** How a model answers, gives itself feedback, and refines. */
export interface SelfRefineOptions<T extends Task> {
  /** Asks for an answer. */
  readonly prompt: (task: T) => readonly Message[]
  /** Asks the role `critic`, who should be the same policy, what it thinks of an answer. */
  readonly feedbackPrompt: (task: T, answer: string) => readonly Message[]
  /** Asks for a better answer, given what was thought of the first. */
  readonly refinePrompt: (task: T, answer: string, feedback: string) => readonly Message[]
  /**
   * Whether feedback finds an answer good.
   *
   * @defaultValue its verdict, by `parseVerdict`, is right
   */
  readonly isGood?: (feedback: string) => boolean
}

/**
 * An answer of the solver and the critic's feedback on it; unless that finds it good, a refined answer
 * and feedback on that. The refined answer is to be learned under the question alone. The finding
 * `good` is what the last feedback says. With a verifier the outcomes are those of the answers.
 *
 * @example
 * import { selfRefineOnce } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * const ask = (...lines: string[]) => [{ role: 'user' as const, content: lines.join('\n') }]
 * const protocol = selfRefineOnce<QuestionTask>({
 *   prompt: ({ question }) => ask(question),
 *   feedbackPrompt: ({ question }, answer) => ask(question, answer, 'Right or wrong?'),
 *   refinePrompt: ({ question }, answer, feedback) => ask(question, answer, feedback, 'Again:'),
 * })
 */
export function selfRefineOnce<T extends Task>({
  prompt,
  feedbackPrompt,
  refinePrompt,
  isGood = (feedback) => parseVerdict(feedback) === 'right',
  verifier,
}: SelfRefineOptions<T> & { readonly verifier?: Verifier<T> }): SessionProtocol<T> {
  return async function* (task, context) {
    const learnUnder = context.roles.solver.renderer.start(prompt(task))
    const answered = async function* (round: number, messages: readonly Message[]) {
      const said = yield* roleTurn({ role: 'solver', task, context, round, messages, learnUnder })
      const { text, reply } = said
      const verdict = await verifier?.({ text, tokens: reply.tokens, task })
      const outcome = verdict && outcomeOf(verdict, `task "${task.id}", round ${round}`)
      const asked = feedbackPrompt(task, text)
      const { text: feedback, ...heard } = yield* roleTurn({
        role: 'critic',
        task,
        context,
        round,
        messages: asked,
      })
      const parts: SessionPart[] = [{ ...said, ...(outcome && { outcome }) }, heard]
      return { text, feedback, parts, good: isGood(feedback) }
    }
    const first = yield* answered(1, prompt(task))
    if (first.good) return sessionResult(task, context, first.parts, { good: true })
    const second = yield* answered(2, refinePrompt(task, first.text, first.feedback))
    const { good } = second
    return sessionResult(task, context, [...first.parts, ...second.parts], { good })
  }
}
