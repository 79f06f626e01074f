import {
  IcrlError,
  type Message,
  type Renderer,
  type RenderOptions,
  type TurnReply,
} from '@icrl/core'
import { tokenLog } from './token-log.ts'

/**
 * A conversation that only grows: what was sampled stays as it was sampled, and what is said in
 * between is appended. T counts everything after the opening.
 */
export interface Conversation {
  /** Everything said so far, for an endpoint that takes text. */
  readonly messages: readonly Message[]
  /** `[P]` the same as ids, for a sampler: ready for the assistant's next token. */
  readonly prompt: Int32Array
  /** `[P]` ids of the opening alone. */
  readonly opening: Int32Array
  /** Appends a reply as it was sampled. */
  said(reply: Pick<TurnReply, 'text' | 'parts' | 'tokens' | 'logprobs' | 'finish'>): void
  /** Appends what the assistant is told after a reply, and the opening of its next turn. */
  heard(...observations: readonly Message[]): void
  /** Everything after the opening as one response: `[T]` each. */
  response(): {
    readonly response: Int32Array
    readonly mask: Uint8Array
    readonly logprobs: Float32Array
  }
}

/**
 * Begins a conversation. Rendering messages again may give other ids than were sampled; here they
 * are only ever appended, so that each turn's prompt holds the earlier ones bit for bit.
 *
 * `said` and `heard` take turns: two replies in a row, or an observation before the first reply,
 * throw `invalid-shape`.
 *
 * @param options tools the assistant may call
 *
 * @example
 * import { askRole, conversation, type AskRoleOptions } from '@icrl/rollout'
 * import type { Coroutine, Renderer } from '@icrl/core'
 * async function* askTwice(renderer: Renderer, options: AskRoleOptions): Coroutine<string> {
 *   const talk = conversation(renderer, options.messages)
 *   talk.said((yield* askRole(options)).reply)
 *   talk.heard({ role: 'user', content: 'Are you sure?' })
 *   const { messages, prompt } = talk
 *   return (yield* askRole({ ...options, messages, prompt, turn: 1 })).reply.text
 * }
 */
export function conversation(
  renderer: Renderer,
  opening: readonly Message[],
  options: RenderOptions = {},
): Conversation {
  const messages: Message[] = [...opening]
  const start = renderer.start(opening, options)
  const log = tokenLog()
  let unanswered: 'stop' | 'length' | undefined
  return {
    get messages() {
      return [...messages]
    },
    get prompt() {
      return log.after(start)
    },
    opening: start,
    said({ text, parts, tokens, logprobs, finish }) {
      if (unanswered !== undefined) throw outOfTurn('two replies in a row', 'heard')
      log.sampled(tokens, logprobs)
      const isText = parts.every(({ type }) => type === 'text')
      messages.push({ role: 'assistant', content: isText ? text : parts })
      unanswered = finish === 'length' ? 'length' : 'stop'
    },
    heard(...observations) {
      if (unanswered === undefined) throw outOfTurn('an observation before a reply', 'said')
      if (observations.length === 0) throw outOfTurn('no observation', 'heard with a message')
      log.observed(renderer.continue(observations, unanswered))
      messages.push(...observations)
      unanswered = undefined
    },
    response: () => log.arrays(),
  }
}

function outOfTurn(what: string, call: string): IcrlError {
  return new IcrlError(`conversation: ${what}.`, {
    code: 'invalid-shape',
    remedy: `Call ${call} in between: replies and observations take turns.`,
  })
}
