import {
  type Coroutine,
  type Message,
  outcomeOf,
  type Outcome,
  type SessionContext,
  type SessionPart,
  type SessionProtocol,
  type Task,
  type Verifier,
} from '@icrl/core'
import { askRole, conversation, sessionResult, turnSample } from '@icrl/rollout'

/** Options of {@link twoTurns}. */
export interface TwoTurnsOptions<T extends Task> {
  /** The conversation that the first answer belongs to. */
  readonly prompt: (task: T) => readonly Message[]
  /** What the solver is told after its first answer. */
  readonly revise: (task: T, answer: string) => string
  /** What an answer is worth. */
  readonly verifier: Verifier<T>
}

/**
 * An answer, and a second one in the same conversation: the prompt of turn 2 begins with the ids of
 * turn 1. Each turn is a sample of its own, of `round` 1 and 2, with its own outcome. Both are
 * made, whatever the first one earns.
 *
 * @example
 * import { twoTurns } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * const protocol = twoTurns<QuestionTask>({
 *   prompt: ({ question }) => [{ role: 'user', content: question }],
 *   revise: () => 'There may be an error. Correct it, if there is one.',
 *   verifier: ({ text, task }) => ({ reward: Number(text === task.answer), valid: true }),
 * })
 */
export function twoTurns<T extends Task>({
  prompt,
  revise,
  verifier,
}: TwoTurnsOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const talk = conversation(context.roles.solver.renderer, prompt(task))
    const first = yield* answer({ task, context, verifier, talk, round: 1, parents: [] })
    talk.heard({ role: 'user', content: revise(task, first.text) })
    const parents = first.samples.map(({ id }) => id)
    const second = yield* answer({ task, context, verifier, talk, round: 2, parents })
    return sessionResult(task, context, [first, second])
  }
}

interface AnswerOptions<T extends Task> {
  readonly task: T
  readonly context: SessionContext
  readonly verifier: Verifier<T>
  readonly talk: ReturnType<typeof conversation>
  readonly round: number
  readonly parents: readonly string[]
}

async function* answer<T extends Task>({
  task,
  context,
  verifier,
  talk,
  round,
  parents,
}: AnswerOptions<T>): Coroutine<
  SessionPart & { readonly text: string; readonly outcome: Outcome }
> {
  const { messages, prompt } = talk
  const { reply } = yield* askRole({ role: 'solver', task, context, messages, prompt, round })
  talk.said(reply)
  const { text, tokens, logprobs, version, finish } = reply
  const verdict = await verifier({ text, tokens, task })
  const outcome = outcomeOf(verdict, `task "${task.id}", turn ${round}`)
  const sample = turnSample({
    role: 'solver',
    task,
    context,
    round,
    parents,
    prompt,
    response: { response: tokens, logprobs, version, finish },
    valid: verdict.valid,
    outcome,
    components: verdict.components,
  })
  const part = {
    samples: sample ? [sample] : [],
    transcript: [{ role: 'solver', round, text, sample: sample?.id }],
    outcome,
    text,
  }
  context.keep(part)
  return part
}
