import type { Message, MessagePart, PartDelta, Tool } from '@icrl/core'
import type { Refusal } from '../refusal.ts'
import type { Fields } from './fields.ts'

/** What a client asks for, whatever its dialect. */
export interface CallRequest {
  /** The name that the agent asked for. */
  readonly model: string
  /** The conversation, oldest first. */
  readonly messages: readonly Message[]
  /** Tools that the model is told of. */
  readonly tools: readonly Tool[]
  /** Whether the answer comes token by token. */
  readonly stream: boolean
  /** Most tokens of the answer, if the agent says. */
  readonly maxTokens?: number
  /** Divides the logits, if the agent says. */
  readonly temperature?: number
  /** Samples among the likeliest tokens of this probability, if the agent says. */
  readonly topP?: number
  /** Samples among so many likeliest tokens, if the agent says. */
  readonly topK?: number
  /** Of the draws, if the agent says; the run's own are taken. */
  readonly seed?: number
  /** Strings that end the answer and are not part of it. */
  readonly stop: readonly string[]
  /** True: the log-probability of every token. */
  readonly logprobs: boolean
  /** True: a stream ends with its usage (chat completions). */
  readonly streamUsage: boolean
  /** True: the ids of prompt and answer. */
  readonly tokenIds: boolean
}

/** What was answered. T is the length of `tokens`. */
export interface CallReply {
  /** Text without its stop string. */
  readonly parts: readonly PartDelta[]
  /** `[T]` every id that counts, the one that completed a stop string among them. */
  readonly tokens: Int32Array
  /** `[T]` nats. */
  readonly logprobs: Float32Array
  /** Why it ended: by itself, or at its limit. */
  readonly finish: 'stop' | 'length'
  /** The stop string that ended it, if one did. */
  readonly stopString?: string
  /** `[P]` ids that were continued. */
  readonly prompt: Int32Array
}

/** Facts of an answer that its dialect writes beside it. */
export interface AnswerFacts {
  /** Unique among the answers of a gateway, without a prefix. */
  readonly id: string
  readonly model: string
  /** Seconds since 1970. */
  readonly created: number
  readonly request: CallRequest
  readonly promptTokens: number
  /** Text of one token, for log-probabilities. */
  readonly tokenText: (id: number) => string
  /** Keeps a part of the answer, for clients that refer to it later by its id. */
  readonly keep: (id: string, item: Fields) => void
}

/** Finds a part of an earlier answer of the same session. */
export type Recall = (id: string) => Fields | undefined

/** Writes one answer as a stream of server-sent events. */
export interface StreamWriter {
  begin(): string
  delta(delta: PartDelta): string
  end(reply: CallReply): string
  /** Ends a stream that failed after it had begun. */
  fail(refusal: Refusal): string
}

/** One way clients speak: a route, how a request is read, how an answer is written. */
export interface Dialect {
  /** Below the base URL, such as `/v1/chat/completions`. */
  readonly path: string
  /** @throws a refusal for what is malformed or cannot be honoured */
  read(body: Fields, recall: Recall): CallRequest
  answer(reply: CallReply, facts: AnswerFacts): unknown
  stream(facts: AnswerFacts): StreamWriter
  error(refusal: Refusal): unknown
}

/** True for a part that calls a tool. */
export function isCall(part: MessagePart): part is Extract<MessagePart, { type: 'tool-call' }> {
  return part.type === 'tool-call'
}

/** The words of one kind, put together. */
export function wordsOf(parts: readonly PartDelta[], type: 'text' | 'reasoning'): string {
  return parts.map((part) => (part.type === type ? part.text : '')).join('')
}

/** One server-sent event. */
export function event(data: unknown, name?: string): string {
  const body = typeof data === 'string' ? data : JSON.stringify(data)
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${body}\n\n`
}
