import { outcomeOf, type AttemptProtocol, type Message, type Task, type Verifier } from '@icrl/core'
import { turnBudget } from '../prompt-grown.ts'
import { boundRole } from '../sessions/session-context.ts'
import { guidanceIn } from './environment-prompt.ts'

/** Options of {@link singleTurn}. */
export interface SingleTurnOptions<T extends Task = Task> {
  /**
   * The conversation to answer. Guidance should have a section of its own, which is left out
   * without any.
   */
  readonly prompt: (task: T, guidance?: string) => readonly Message[]
  readonly verifier: Verifier<T>
  /** Tokens of prompt and response together; default: the sampler's own limit. */
  readonly contextTokens?: number
}

/**
 * An attempt of one answer to one prompt, judged by a verifier. A guided attempt's unguided
 * prompt comes from the same `prompt` function without the guidance, so the two differ in nothing
 * else.
 *
 * @throws `context-exceeded` if the prompt leaves no room for an answer; `non-finite` or
 * `invalid-shape` for a verdict that `outcomeOf` refuses.
 * @example
 * import { singleTurn } from '@icrl/rollout'
 * import type { QuestionTask } from '@icrl/core'
 * const attempt = singleTurn<QuestionTask>({
 *   prompt: (task, guidance) => [
 *     {
 *       role: 'user',
 *       content: guidance ? `${task.question}\n\n# Advice\n${guidance}` : task.question,
 *     },
 *   ],
 *   verifier: ({ text, task }) => ({
 *     reward: text.includes(task.answer) ? 1 : 0,
 *     valid: text.trim() !== '',
 *   }),
 * })
 */
export function singleTurn<T extends Task = Task>({
  prompt,
  verifier,
  contextTokens,
}: SingleTurnOptions<T>): AttemptProtocol<T> {
  return async function* ({ task, context, round, branch = 0, guidance }) {
    const { renderer, sampling } = boundRole(context.roles, 'solver')
    const shown = guidanceIn(guidance)
    const messages = prompt(task, shown)
    const ids = renderer.start(messages)
    const what = `task "${task.id}", round ${round}`
    const maxTokens = turnBudget({
      what,
      promptLength: ids.length,
      maxTokens: sampling.maxTokens,
      contextTokens,
      grown: shown !== undefined,
    })
    const reply = yield {
      role: 'solver',
      messages,
      prompt: ids,
      sampling: { ...sampling, maxTokens },
      key: context.key('solver', round, 0, branch),
    }
    const verdict = await verifier({ text: reply.text, tokens: reply.tokens, task })
    return {
      attempt: {
        prompt: ids,
        response: reply.tokens,
        mask: new Uint8Array(reply.tokens.length).fill(1),
        logprobs: reply.logprobs,
        version: reply.version,
        finish: reply.finish,
        valid: verdict.valid,
        ...outcomeOf(verdict, `verifier, ${what}`),
        components: verdict.components,
        turns: [{ text: reply.text }],
      },
      unguidedPrompt: shown === undefined ? ids : renderer.start(prompt(task)),
    }
  }
}
