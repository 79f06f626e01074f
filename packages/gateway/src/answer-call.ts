import {
  IcrlError,
  type Generation,
  type Message,
  type PartDelta,
  type Renderer,
  type Sampling,
  type Tool,
} from '@icrl/core'
import type { CallReply, CallRequest } from './dialects/dialect.ts'
import { refuse } from './refusal.ts'
import { turnReader } from './turn-reader.ts'

/** One generation that a gateway asks for. */
export interface AskedTurn {
  /** `[P]` ids that are continued. */
  readonly prompt: Int32Array
  /** The same conversation as messages. */
  readonly messages: readonly Message[]
  /** Tools that the model is told of. */
  readonly tools: readonly Tool[]
  /** Limits and softmax of the answer. */
  readonly sampling: Sampling
  /** 0-based turn within its session. */
  readonly turn: number
  /** What the client asked for; sessions that train have draws of their own. */
  readonly seed?: number
  /** Called with each token as it is drawn. */
  readonly onToken: (token: number, logprob: number) => void
  /** Ends it early. */
  readonly signal: AbortSignal
}

/** What draws the tokens of a turn. */
export type Ask = (turn: AskedTurn) => Promise<Generation>

/** An answer, and the weights that gave it. */
export interface AnsweredCall extends CallReply {
  /** The weights that sampled it. */
  readonly version: string
  /** Tokens that were drawn after a stop string, and count for nothing. */
  readonly discarded: number
}

/** Options of {@link answerCall}. */
export interface AnswerCallOptions extends Omit<AskedTurn, 'onToken' | 'signal'> {
  readonly renderer: Renderer
  readonly request: Pick<CallRequest, 'stop'>
  readonly ask: Ask
  readonly callId: (index: number) => string
  readonly say: (delta: PartDelta) => void
  /** Ends it early: the client went away. */
  readonly signal?: AbortSignal
}

/** Draws one turn and reads it, token by token where the engine tells them as they come. */
export async function answerCall(options: AnswerCallOptions): Promise<AnsweredCall> {
  const { ask, renderer, request, tools, callId, say, prompt, signal } = options
  const { stop } = request
  const reader = turnReader({ renderer, tools, stop, callId, onDelta: say })
  const ending = new AbortController()
  const leave = (): void => ending.abort(signal?.reason)
  if (signal?.aborted) leave()
  signal?.addEventListener('abort', leave, { once: true })
  let isOver = false
  const take = (token: number): void => {
    if (isOver) return
    isOver = reader.push(token)
    if (isOver) ending.abort()
  }
  try {
    const generation = await ask({ ...options, onToken: take, signal: ending.signal })
    const { tokens, logprobs, finish, version } = generation
    for (const token of tokens.slice(reader.length)) take(token)
    if (finish === 'aborted' && !isOver) throw aborted(signal?.reason)
    const { length, stopString } = reader
    return {
      parts: reader.end(),
      tokens: tokens.slice(0, length),
      logprobs: logprobs.slice(0, length),
      finish: isOver || finish === 'stop' ? 'stop' : 'length',
      ...(stopString !== undefined && { stopString }),
      prompt,
      version,
      discarded: tokens.length - length,
    }
  } finally {
    signal?.removeEventListener('abort', leave)
  }
}

function aborted(cause: unknown): IcrlError {
  return new IcrlError('gateway: the answer was aborted.', {
    code: 'aborted',
    remedy: 'Nothing to fix if you asked for it.',
    cause,
  })
}

/** Limits of an answer after this prompt. Refuses a prompt that leaves no room, in OpenAI's words. */
export function limitsOf(options: {
  readonly request: Pick<CallRequest, 'maxTokens' | 'temperature' | 'topP' | 'topK'>
  readonly promptTokens: number
  readonly contextLength: number
  readonly defaults: Partial<Sampling>
}): Sampling {
  const { request, promptTokens, contextLength, defaults } = options
  const left = contextLength - promptTokens
  if (left < 1)
    refuse(
      `This model's maximum context length is ${contextLength} tokens. However, your messages resulted in ${promptTokens} tokens.`,
      'context_length_exceeded',
    )
  return {
    maxTokens: Math.min(request.maxTokens ?? defaults.maxTokens ?? left, left),
    temperature: request.temperature ?? defaults.temperature ?? 1,
    topP: request.topP ?? defaults.topP ?? 1,
    topK: request.topK ?? defaults.topK ?? 0,
  }
}
