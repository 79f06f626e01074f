import type { Json, MessagePart } from '@icrl/core'
import type { ChatTokenizer } from './create-tokenizer.ts'

/** Marks around reasoning and calls, each a token of its own where a model knows it. */
const MARKS = {
  reasoning: ['<think>', '</think>'],
  'tool-call': ['<tool_call>', '</tool_call>'],
} as const

type Marked = keyof typeof MARKS

/**
 * Reads what an assistant said, part by part. Only ids count: text that spells a mark with other
 * tokens is text. Reasoning without its end was cut off; its end without a beginning means that the
 * prompt opened it. A call is JSON of `name` and `arguments`; what is not stays text.
 */
export function partsParser(
  tokenizer: ChatTokenizer,
  stop: readonly number[],
): (tokens: Int32Array) => readonly MessagePart[] {
  const opens = new Map<number, Marked>()
  const closes = new Map<number, Marked>()
  for (const [kind, [open, close]] of Object.entries(MARKS) as [Marked, readonly string[]][]) {
    const [opening, closing] = [tokenizer.tokenId(open), tokenizer.tokenId(close)]
    if (opening === undefined || closing === undefined) continue
    opens.set(opening, kind)
    closes.set(closing, kind)
  }
  return (tokens) => {
    const parts: MessagePart[] = []
    let inside: Marked | undefined
    let ids: number[] = []
    let isMarked = false
    const flush = (kind: Marked | undefined, closed: boolean): void => {
      const words = tokenizer.decode(Int32Array.from(ids))
      const part = partOf(kind, isMarked ? words.replace(/^\n+|\n+$/g, '') : words, closed)
      if (part) parts.push(part)
      ids = []
    }
    for (const id of tokens) {
      if (stop.includes(id)) continue
      const [opened, closed] = [opens.get(id), closes.get(id)]
      isMarked ||= opened !== undefined || closed !== undefined
      if (opened !== undefined && inside === undefined) {
        flush(undefined, true)
        inside = opened
      } else if (closed !== undefined && closed === inside) {
        flush(inside, true)
        inside = undefined
      } else if (closed === 'reasoning' && inside === undefined && parts.length === 0) {
        flush('reasoning', true)
      } else ids.push(id)
    }
    flush(inside, false)
    return parts
  }
}

function partOf(kind: Marked | undefined, text: string, closed: boolean): MessagePart | undefined {
  if (kind === 'reasoning') return text === '' ? undefined : { type: 'reasoning', text }
  if (kind === undefined) return text === '' ? undefined : { type: 'text', text }
  const call = closed ? callOf(text) : undefined
  if (call) return call
  const [open, close] = MARKS['tool-call']
  return { type: 'text', text: `${open}\n${text}${closed ? `\n${close}` : ''}` }
}

function callOf(text: string): MessagePart | undefined {
  const call = jsonOf(text)
  if (!isRecord(call) || typeof call.name !== 'string') return undefined
  const given = typeof call.arguments === 'string' ? jsonOf(call.arguments) : (call.arguments ?? {})
  return isRecord(given) ? { type: 'tool-call', name: call.name, arguments: given } : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined for what is not JSON: a model writes what it likes. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
