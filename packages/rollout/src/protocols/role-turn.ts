import type {
  Attempt,
  Coroutine,
  Message,
  Role,
  Sample,
  SessionContext,
  SessionPart,
  Task,
  Tool,
  TurnReply,
} from '@icrl/core'
import { turnBudget } from '../turn-budget.ts'
import { boundRole } from '../sessions/session-context.ts'
import { responseOf, turnSample, type TurnSampleOptions } from './turn-sample.ts'

/** Options of {@link askRole}. */
export interface AskRoleOptions {
  /** Who is asked. */
  readonly role: Role
  /** The task that it is about. */
  readonly task: Task
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** The conversation to answer. */
  readonly messages: readonly Message[]
  /** Tools the role may call; a `prompt` of your own must show them. @defaultValue none */
  readonly tools?: readonly Tool[]
  /** `[P]` the same conversation as ids. @defaultValue a new one, of `messages` */
  readonly prompt?: Int32Array
  /** 1-based. @defaultValue 1 */
  readonly round?: number
  /** 0-based number of this turn among several of its round. @defaultValue 0 */
  readonly branch?: number
  /** 0-based turn of a role that speaks several times in a round. @defaultValue 0 */
  readonly turn?: number
  /** Tokens of prompt and answer together. @defaultValue the sampler's own limit */
  readonly contextTokens?: number
  /** The attempt that it speaks of, for a responder that is a script. @defaultValue none */
  readonly attempt?: Attempt
}

/** What a role answered, and the prompt it saw. */
export interface RoleReply {
  /** `[P]` ids that were continued. */
  readonly prompt: Int32Array
  /** What was answered. */
  readonly reply: TurnReply
}

/**
 * Lets a role speak once, within its limits. Protocols that make one sample of several turns are
 * built on it; `roleTurn` makes a sample of each.
 *
 * @throws `invalid-option` for a role that is not bound, `context-exceeded` for a prompt without
 * room to answer.
 * @example
 * import { askRole, type AskRoleOptions } from '@icrl/rollout'
 * import type { Coroutine } from '@icrl/core'
 * async function* opinion(options: AskRoleOptions): Coroutine<string> {
 *   const { reply } = yield* askRole(options)
 *   return reply.text
 * }
 */
export async function* askRole({
  role,
  task,
  context,
  messages,
  round = 1,
  branch,
  turn = 0,
  contextTokens,
  tools,
  attempt,
  ...options
}: AskRoleOptions): Coroutine<RoleReply> {
  const { renderer, sampling } = boundRole(context.roles, role)
  const prompt = options.prompt ?? renderer.start(messages, { tools })
  const maxTokens = turnBudget({
    what: `task "${task.id}", ${nameOf(role)}round ${round}`,
    promptLength: prompt.length,
    maxTokens: sampling.maxTokens,
    contextTokens,
  })
  const reply = yield {
    role,
    messages,
    prompt,
    ...(tools && { tools }),
    sampling: { ...sampling, maxTokens },
    key: context.key(role, round, turn, branch),
    about: { task, ...(attempt && { attempt }) },
  }
  return { prompt, reply }
}

function nameOf(role: Role): string {
  if (role === 'solver') return ''
  return role === 'critic' ? 'critique of ' : `role "${role}", `
}

/** Options of {@link roleTurn}. */
export interface RoleTurnOptions
  extends AskRoleOptions, Pick<TurnSampleOptions, 'learnUnder' | 'keys' | 'parents'> {
  /** Whether what was said keeps to its form. @defaultValue it does */
  readonly isValid?: (text: string) => boolean
}

/** What a role's turn adds to a session, and what it said. */
export interface RoleTurn extends SessionPart {
  /** What was said, decoded. */
  readonly text: string
  /** What was answered. */
  readonly reply: TurnReply
  /** Absent if the role is not trained. */
  readonly sample?: Sample
}

/**
 * One turn of any role: asks it, and makes its sample and transcript. The sample's reward is 0 until
 * a reward rule of the recipe sets it. Protocols with judges, planners or opponents are made of it;
 * `critiqueRound` is.
 *
 * @example
 * import { attemptRound, roleTurn, sessionResult } from '@icrl/rollout'
 * import type { AttemptProtocol, SessionProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const judged: SessionProtocol = async function* (task, context) {
 *   const solved = yield* attemptRound({ attempt, task, context, round: 1 })
 *   const verdict = yield* roleTurn({
 *     role: 'judge',
 *     task,
 *     context,
 *     messages: [{ role: 'user', content: `Right or wrong? ${solved.attempt.turns[0].text}` }],
 *     isValid: (text) => /right|wrong/.test(text),
 *   })
 *   return sessionResult(task, context, [solved, verdict])
 * }
 */
export async function* roleTurn(options: RoleTurnOptions): Coroutine<RoleTurn> {
  const { role, context, round = 1, isValid } = options
  const { prompt, reply } = yield* askRole(options)
  const { text } = reply
  const sample = turnSample({
    ...options,
    round,
    prompt,
    response: responseOf(reply),
    valid: isValid?.(text),
  })
  const part: SessionPart = {
    samples: sample ? [sample] : [],
    transcript: [{ role, round, text, sample: sample?.id }],
  }
  context.keep(part)
  return { ...part, text, reply, ...(sample && { sample }) }
}
