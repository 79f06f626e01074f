import { IcrlError, type Completion, type Json, type MessagePart } from '@icrl/core'
import { finishOf } from './finish-of.ts'

interface Answer {
  readonly choices?: readonly Choice[]
  readonly usage?: { readonly completion_tokens?: unknown } | null
}

interface Choice {
  readonly finish_reason?: unknown
  readonly message?: AnsweredMessage | null
}

interface AnsweredMessage {
  readonly content?: unknown
  /** What the model says where it does not answer (OpenAI). */
  readonly refusal?: unknown
  /** vLLM, SGLang, llama.cpp, DeepSeek and Moonshot. */
  readonly reasoning_content?: unknown
  /** OpenRouter, Groq, Cerebras, Together and Ollama. */
  readonly reasoning?: unknown
  readonly tool_calls?: unknown
}

/**
 * Reads the completion in the body of an answer with status 200. Null content is an empty answer,
 * if the model ended it itself: it may have had nothing to say after its reasoning. A refusal is an
 * answer as well.
 *
 * @throws `unavailable` if there is none: some gateways send errors with status 200, some
 * connections end early, and some answers are filtered out or cut off by a fault.
 */
export function readCompletion(text: string): Completion {
  const answer = parse(text)
  const choice = Array.isArray(answer?.choices) ? answer.choices[0] : undefined
  if (!choice?.message) throw noCompletion(`has no choice: ${text.slice(0, 300)}`)
  const { finish_reason: reason, message } = choice
  const finish = finishOf(reason)
  if (finish === 'broken')
    throw noCompletion(`was cut off by a fault (finish_reason ${JSON.stringify(reason)})`)
  const { text: content, reasoning } = readContent(message)
  const calls = callsOf(message.tool_calls)
  if (content === '' && calls.length === 0 && finish === 'stop')
    checkEmpty(message, reasoning, reason)
  const tokens = answer?.usage?.completion_tokens
  const parts = partsOf(reasoning, content, calls)
  return {
    text: content,
    finish,
    ...(parts && { parts }),
    ...(typeof tokens === 'number' ? { tokens } : {}),
  }
}

const FILTERED = /filter|safety|recitation|blocklist|prohibited|spii|guardrail|sensitive/i

function checkEmpty({ content }: AnsweredMessage, reasoning: string, reason: unknown): void {
  const isAnswer = typeof content === 'string' || reasoning !== '' || typeof reason === 'string'
  if (isAnswer && !FILTERED.test(String(reason))) return
  throw noCompletion(`has no text (finish_reason ${JSON.stringify(reason)})`)
}

/** Undefined if there is nothing but text. */
function partsOf(
  reasoning: string,
  text: string,
  calls: readonly MessagePart[],
): MessagePart[] | undefined {
  if (reasoning === '' && calls.length === 0) return undefined
  return [
    ...(reasoning === '' ? [] : [{ type: 'reasoning', text: reasoning } as const]),
    ...(text === '' ? [] : [{ type: 'text', text } as const]),
    ...calls,
  ]
}

interface AnsweredCall {
  readonly id?: unknown
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown }
}

/** A call without a name, or whose arguments are no JSON object, stays text: models write such. */
function callsOf(calls: unknown): MessagePart[] {
  if (!Array.isArray(calls)) return []
  return (calls as (AnsweredCall | null)[]).map((call) => {
    const { name, arguments: given } = call?.function ?? {}
    const values = argumentsOf(given)
    if (typeof name !== 'string' || !values) return { type: 'text', text: JSON.stringify(call) }
    const id = typeof call?.id === 'string' ? { id: call.id } : {}
    return { type: 'tool-call', name, arguments: values, ...id }
  })
}

function argumentsOf(given: unknown): Readonly<Record<string, Json>> | undefined {
  if (given === undefined || given === null || given === '') return {}
  try {
    const value = (typeof given === 'string' ? JSON.parse(given) : given) as unknown
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isRecord ? (value as Readonly<Record<string, Json>>) : undefined
  } catch {
    return undefined
  }
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer
  } catch (cause) {
    throw noCompletion(`is not JSON: ${text.slice(0, 300)}`, cause)
  }
}

/** What a message says, and what the model thought before it. */
function readContent(message: AnsweredMessage): { text: string; reasoning: string } {
  const { refusal, reasoning_content: thought, reasoning } = message
  const parts = contentParts(message.content)
  const said = parts.filter(({ type }) => !isThinking(type)).map(wordsOf)
  const thinking = parts.filter(({ type }) => isThinking(type)).map(wordsOf)
  const text = said.join('') || (typeof refusal === 'string' ? refusal : '')
  const own = [thought, reasoning].find((field) => typeof field === 'string' && field !== '')
  return { text, reasoning: typeof own === 'string' ? own : thinking.join('') }
}

interface ContentPart {
  readonly type?: unknown
  readonly text?: unknown
  readonly refusal?: unknown
  /** Mistral's: a list of parts. */
  readonly thinking?: unknown
}

function isThinking(type: unknown): boolean {
  return type === 'thinking' || type === 'reasoning'
}

function contentParts(content: unknown): ContentPart[] {
  if (content === null || content === undefined) return []
  if (typeof content === 'string') return [{ text: content }]
  if (Array.isArray(content))
    return content.flatMap((part: unknown) =>
      typeof part === 'string' ? [{ text: part }] : part ? [part as ContentPart] : [],
    )
  throw noCompletion(`has content that is no text: ${JSON.stringify(content).slice(0, 100)}`)
}

/** Parts without words, such as images, say nothing. */
function wordsOf({ text, refusal, thinking }: ContentPart): string {
  const found = [text, refusal, thinking].find((field) => typeof field === 'string')
  if (typeof found === 'string') return found
  return Array.isArray(thinking) ? contentParts(thinking).map(wordsOf).join('') : ''
}

function noCompletion(what: string, cause?: unknown): IcrlError {
  return new IcrlError(`the answer ${what}.`, {
    code: 'unavailable',
    remedy: 'Check that the endpoint speaks chat completions.',
    cause,
  })
}
