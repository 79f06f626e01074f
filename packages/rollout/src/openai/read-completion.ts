import { IcrlError, type Completion, type Json, type MessagePart } from '@icrl/core'

interface Answer {
  readonly choices?: readonly {
    readonly finish_reason?: unknown
    readonly message?: {
      readonly content?: unknown
      readonly reasoning_content?: unknown
      readonly tool_calls?: unknown
    }
  }[]
  readonly usage?: { readonly completion_tokens?: unknown } | null
}

/**
 * Reads the completion in the body of an answer with status 200.
 *
 * @throws `unavailable` if there is none: some gateways send errors with status 200, and some
 * connections end early.
 */
export function readCompletion(text: string): Completion {
  const answer = parse(text)
  const choice = Array.isArray(answer?.choices) ? answer.choices[0] : undefined
  if (!choice) throw noCompletion(`has no choice: ${text.slice(0, 300)}`)
  const finish =
    choice.finish_reason === 'length'
      ? 'length'
      : choice.finish_reason === 'abort'
        ? 'aborted'
        : 'stop'
  const content = textOf(choice.message?.content)
  const calls = callsOf(choice.message?.tool_calls)
  // If the endpoint sends thinking in a field of its own, a model may be cut off before its answer.
  if (content === undefined && calls.length === 0 && finish !== 'length')
    throw noCompletion(`has no text (finish_reason ${JSON.stringify(choice.finish_reason)})`)
  const tokens = answer?.usage?.completion_tokens
  const parts = partsOf(choice.message?.reasoning_content, content, calls)
  return {
    text: content ?? '',
    finish,
    ...(parts && { parts }),
    ...(typeof tokens === 'number' ? { tokens } : {}),
  }
}

/** Undefined if there is nothing but text. */
function partsOf(
  reasoning: unknown,
  text: string | undefined,
  calls: readonly MessagePart[],
): MessagePart[] | undefined {
  const thought = typeof reasoning === 'string' && reasoning !== ''
  if (!thought && calls.length === 0) return undefined
  return [
    ...(thought ? [{ type: 'reasoning', text: reasoning } as const] : []),
    ...(text ? [{ type: 'text', text } as const] : []),
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

/** The text itself, or the text parts of a list of parts. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  return content.flatMap((part) => (typeof part?.text === 'string' ? [part.text] : [])).join('')
}

function noCompletion(what: string, cause?: unknown): IcrlError {
  return new IcrlError(`the answer ${what}.`, {
    code: 'unavailable',
    remedy: 'Check that the endpoint speaks chat completions.',
    cause,
  })
}
