import {
  type Coroutine,
  IcrlError,
  type Message,
  outcomeOf,
  type Outcome,
  type Renderer,
  type SessionContext,
  type SessionPart,
  type SessionProtocol,
  type Task,
  type Verifier,
} from '@icrl/core'
import { boundRole } from '../sessions/session-context.ts'
import { askRole, type RoleReply } from '../protocols/role-turn.ts'
import { sessionResult } from '../protocols/session-result.ts'
import { responseOf, turnSample } from '../protocols/turn-sample.ts'

/** Options of {@link refiningTurn}. */
export interface RefiningTurnOptions<T extends Task = Task> {
  /** Asks for an answer. */
  readonly prompt: (task: T) => readonly Message[]
  /** What the answer is worth. */
  readonly verifier: Verifier<T>
  /** The word after which a response begins anew: one id of the vocabulary. */
  readonly refine: string
}

/**
 * One response of the solver that may hold several attempts, each but the last given up by a word
 * such as `[refine]`: `a1 [refine] a2`. It is one sample; its first outcome is that of the first
 * attempt, its second that of the last, which may be the same.
 *
 * @throws `invalid-option` if `refine` is not one id, `unsupported` for a solver that answers in text
 * @example
 * import { refiningTurn } from '@icrl/rollout'
 * import type { QuestionTask } from '@icrl/core'
 * const protocol = refiningTurn<QuestionTask>({
 *   prompt: ({ question }) => [{ role: 'user', content: question }],
 *   verifier: ({ text, task }) => ({ reward: Number(text === task.answer), valid: true }),
 *   refine: '[refine]',
 * })
 */
export function refiningTurn<T extends Task>({
  prompt,
  verifier,
  refine,
}: RefiningTurnOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const said = yield* askRole({ role: 'solver', task, context, messages: prompt(task) })
    const attempts = attemptsIn(said, context, refine)
    const [first, last] = [attempts[0], attempts.at(-1)!]
    const outcome = await outcomeIn(verifier, task, context, last)
    const before = last === first ? outcome : await outcomeIn(verifier, task, context, first)
    const { text } = said.reply
    const sample = turnSample({
      role: 'solver',
      task,
      context,
      round: 1,
      prompt: said.prompt,
      response: responseOf(said.reply),
      outcome,
    })
    const part: SessionPart = {
      samples: sample ? [sample] : [],
      transcript: [{ role: 'solver', round: 1, text, sample: sample?.id }],
      outcome: before,
    }
    const again: SessionPart = { samples: [], transcript: [], outcome }
    context.keep(part)
    return sessionResult(task, context, [part, again])
  }
}

/** Options of {@link reviseDecoding}. */
export interface ReviseDecodingOptions<T extends Task = Task> extends RefiningTurnOptions<T> {
  /** The answer in an attempt, to be voted on; undefined if there is none. */
  readonly answerOf: (text: string) => string | undefined
  /** Responses of a session. @defaultValue 8 */
  readonly samples?: number
}

/**
 * The decoding of ReVISE (arXiv 2502.14565): the last attempts of several responses vote, each with
 * the model's confidence in it, 1 − p([refine]) `[code]`. Theirs is p([refine]) against p(end) alone;
 * ours is p(end), as the response itself reports it: the two are equal where nothing else can follow
 * an attempt. A response that did not end has no vote. The session's only outcome is that of the
 * answer with the most weight; of equal ones, of the first.
 *
 * @throws `invalid-option` if `refine` is not one id
 * @example
 * import { reviseDecoding } from '@icrl/rollout'
 * import type { QuestionTask } from '@icrl/core'
 * const protocol = reviseDecoding<QuestionTask>({
 *   prompt: ({ question }) => [{ role: 'user', content: question }],
 *   verifier: ({ text, task }) => ({ reward: Number(text === task.answer), valid: true }),
 *   refine: '[refine]',
 *   answerOf: (text) => text.trim(),
 * })
 */
export function reviseDecoding<T extends Task>({
  prompt,
  verifier,
  refine,
  answerOf,
  samples = 8,
}: ReviseDecodingOptions<T>): SessionProtocol<T> {
  return async function* (task, context): Coroutine<ReturnType<typeof sessionResult>> {
    const votes = new Map<string, { weight: number; readonly attempt: Int32Array }>()
    const transcript: SessionPart['transcript'][number][] = []
    for (let turn = 0; turn < samples; turn++) {
      const said = yield* askRole({ role: 'solver', task, context, messages: prompt(task), turn })
      const { text, logprobs, finish } = said.reply
      transcript.push({ role: 'solver', round: 1, text })
      const attempt = attemptsIn(said, context, refine).at(-1)!
      const answer = answerOf(rendererOf(context).text(attempt))
      if (answer === undefined || finish !== 'stop') continue
      const vote = votes.get(answer) ?? { weight: 0, attempt }
      vote.weight += Math.exp(logprobs.at(-1)!)
      votes.set(answer, vote)
    }
    const counted = [...votes.values()]
    const most = Math.max(...counted.map(({ weight }) => weight))
    const chosen = counted.find(({ weight }) => weight === most)?.attempt ?? new Int32Array(0)
    const outcome = await outcomeIn(verifier, task, context, chosen)
    const answer = rendererOf(context).text(chosen)
    return sessionResult(task, context, [{ samples: [], transcript, outcome }], { answer })
  }
}

function rendererOf(context: SessionContext): Renderer {
  return boundRole(context.roles, 'solver').renderer
}

/** The ids of each attempt in a response, without `refine`; one or more. */
function attemptsIn(
  { reply }: RoleReply,
  context: SessionContext,
  refine: string,
): readonly Int32Array[] {
  const id = refineId(rendererOf(context), refine)
  if (reply.tokens.length === 0)
    throw new IcrlError('refine: the solver answered in text, without ids.', {
      code: 'unsupported',
      remedy: 'Let a policy answer: attempts are told apart, and weighed, by its tokens.',
    })
  const attempts: Int32Array[] = []
  let begin = 0
  reply.tokens.forEach((token, at) => {
    if (token !== id) return
    attempts.push(reply.tokens.subarray(begin, at))
    begin = at + 1
  })
  return [...attempts, reply.tokens.subarray(begin)]
}

/**
 * The id of the word that gives up an attempt.
 *
 * @throws `invalid-option` if it is not one id, `unsupported` for a renderer without `answer`
 * @example
 * import { refineId } from '@icrl/rollout'
 * import type { Renderer } from '@icrl/core'
 * declare const renderer: Renderer
 * const id = refineId(renderer, '[refine]')
 */
export function refineId(renderer: Renderer, refine: string): number {
  if (!renderer.answer)
    throw new IcrlError('refine: the renderer cannot make ids of a word.', {
      code: 'unsupported',
      remedy: 'Use a renderer that has `answer`, as those of @icrl/renderer do.',
    })
  const ids = Array.from(renderer.answer(refine)).filter((id) => !renderer.stop.includes(id))
  if (ids.length !== 1)
    throw new IcrlError(`refine: "${refine}" is ${ids.length} ids.`, {
      code: 'invalid-option',
      remedy: 'Use a word that the vocabulary has as one id, such as a reserved token.',
    })
  return ids[0]
}

async function outcomeIn<T extends Task>(
  verifier: Verifier<T>,
  task: T,
  context: SessionContext,
  tokens: Int32Array,
): Promise<Outcome> {
  const verdict = await verifier({ text: rendererOf(context).text(tokens), tokens, task })
  return outcomeOf(verdict, `task "${task.id}"`)
}
