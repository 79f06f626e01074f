import {
  IcrlError,
  outcomeOf,
  type AttemptProtocol,
  type Message,
  type Role,
  type Task,
  type Verdict,
  type Verifier,
} from '@icrl/core'
import { boundRole } from '../sessions/session-context.ts'
import { shownValue } from '../shown-value.ts'
import { guidanceIn } from './environment-prompt.ts'
import { CALLBACK_MS, checkLimit, within } from '../sessions/within.ts'
import { askRole } from './role-turn.ts'
import { responseOf } from './turn-sample.ts'

/** Options of {@link singleTurn}. */
export interface SingleTurnOptions<T extends Task = Task> {
  /**
   * The conversation to answer. Guidance should have a section of its own, which is left out
   * without any.
   */
  readonly prompt: (task: T, guidance?: string) => readonly Message[]
  /** What the answer is worth. */
  readonly verifier: Verifier<T>
  /** Who answers. @defaultValue the role that `attemptRound` asks for, else the solver */
  readonly role?: Role
  /** Tokens of prompt and response together. @defaultValue the sampler's own limit */
  readonly contextTokens?: number
  /**
   * Milliseconds that the verifier may take, after which its session fails. Infinity switches it
   * off.
   *
   * @defaultValue 600,000
   */
  readonly verifierTimeoutMs?: number
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
  verifierTimeoutMs = CALLBACK_MS,
  ...options
}: SingleTurnOptions<T>): AttemptProtocol<T> {
  const limit = { milliseconds: verifierTimeoutMs, option: 'verifierTimeoutMs' }
  checkLimit('singleTurn', limit)
  return async function* ({ task, context, round, branch, guidance, role: asked = 'solver' }) {
    const { role = asked } = options
    const { renderer } = boundRole(context.roles, role)
    const shown = guidanceIn(guidance)
    const messages = prompt(task, shown)
    const { prompt: ids, reply } = yield* askRole({
      role,
      task,
      context,
      messages,
      round,
      branch,
      contextTokens,
    })
    const { text, tokens } = reply
    const where = `verifier, task "${task.id}", round ${round}`
    const verdict = await within(limit, where, verifier({ text, tokens, task }), context.signal)
    const outcome = outcomeOf(verdict, where)
    const { valid, components, tokenRewards } = verdict
    checkVerdict(verdict, where)
    return {
      attempt: {
        prompt: ids,
        ...responseOf(reply),
        mask: new Uint8Array(tokens.length).fill(1),
        valid,
        ...outcome,
        components,
        ...(tokenRewards && { tokenRewards: checked(tokenRewards, tokens.length, where) }),
        turns: [{ text }],
      },
      unguidedPrompt: shown !== undefined ? renderer.start(prompt(task)) : ids,
      role,
    }
  }
}

/** @throws `invalid-shape`, `non-finite` for what is no boolean or number */
function checkVerdict({ valid, components = {} }: Verdict, where: string): void {
  if (typeof valid !== 'boolean')
    throw new IcrlError(`${where}: valid is ${shownValue(valid)}.`, {
      code: 'invalid-shape',
      remedy: 'Answer true if the response has something to judge, else false.',
    })
  for (const [name, value] of Object.entries(components))
    if (!Number.isFinite(value))
      throw new IcrlError(`${where}: the component "${name}" is ${shownValue(value)}.`, {
        code: 'non-finite',
        remedy: 'A component of a reward is a finite number: fix what computed it.',
      })
}

/** @throws `invalid-shape` if there is not one reward per token, `non-finite` */
function checked(rewards: Float32Array, length: number, where: string): Float32Array {
  if (rewards.length !== length)
    throw new IcrlError(`${where}: ${rewards.length} token rewards for ${length} tokens.`, {
      code: 'invalid-shape',
      remedy: 'Return one for each of the tokens you are given, 0 where none was earned.',
    })
  const at = rewards.findIndex((reward) => !Number.isFinite(reward))
  if (at >= 0)
    throw new IcrlError(`${where}: the reward of token ${at} is ${rewards[at]}.`, {
      code: 'non-finite',
      remedy: 'A reward is a finite number: fix what computed it.',
    })
  return rewards
}
