import type { PartDelta, TextPart, Tool, ToolCallPart } from '@icrl/core'
import type { ToolCallFormat } from './tool-calls/tool-call-format.ts'

/** Finds calls in words, for vocabularies and formats without tokens around a call. */
export interface TextCalls {
  push(text: string): readonly PartDelta[]
  end(): readonly PartDelta[]
}

/** A call that names a tool which was not offered says so. */
export function checkedCall(call: ToolCallPart, tools: readonly Tool[]): ToolCallPart {
  const isKnown = tools.length === 0 || tools.some(({ name }) => name === call.name)
  return isKnown ? call : { ...call, unknown: true }
}

function words(text: string): TextPart[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

/** Words are words. */
export const noCalls: TextCalls = { push: words, end: () => [] }

/** The whole answer is a call, or there is none. */
export function wholeCall(format: ToolCallFormat, tools: readonly Tool[]): TextCalls {
  let held = ''
  let isText = false
  return {
    push(text) {
      if (isText) return words(text)
      held += text
      isText = /^\s*[^\s{]/.test(held)
      return isText ? words(held) : []
    },
    end() {
      if (isText) return []
      const call = format.read(held, tools)
      return call ? [checkedCall(call, tools)] : words(held)
    },
  }
}

/**
 * Calls between marks that are spelled in words. What may be the beginning of a mark waits for the
 * next words, with the line ends before it.
 */
export function spelledCalls(
  format: ToolCallFormat,
  [open, close]: readonly [string, string],
  tools: readonly Tool[],
): TextCalls {
  let held = ''
  let isAfterCall = false
  const readCalls = (): PartDelta[] => {
    const parts: PartDelta[] = []
    for (;;) {
      const begin = held.indexOf(open)
      const end = begin < 0 ? -1 : held.indexOf(close, begin + open.length)
      if (end < 0) return parts
      const call = format.read(held.slice(begin + open.length, end), tools)
      const before = held.slice(0, begin)
      const rest = held.slice(end + close.length)
      if (call) parts.push(...words(before.replace(/\n+$/, '')), checkedCall(call, tools))
      else parts.push(...words(held.slice(0, end + close.length)))
      held = call ? rest.replace(/^\n+/, '') : rest
      isAfterCall = call !== undefined
    }
  }
  return {
    push(text) {
      held += isAfterCall && held === '' ? text.replace(/^\n+/, '') : text
      const parts = readCalls()
      const begin = held.indexOf(open)
      const certain = begin < 0 ? held.length - overlap(held, open) : begin
      const text_ = held.slice(0, certain).replace(/\n+$/, '')
      if (text_ === '') return parts
      held = held.slice(text_.length)
      isAfterCall = false
      return [...parts, ...words(text_)]
    },
    end: () => words(isAfterCall ? held.replace(/\n+$/, '') : held),
  }
}

/** Length of the longest end of `text` that `mark` begins with. */
function overlap(text: string, mark: string): number {
  for (let length = Math.min(text.length, mark.length - 1); length > 0; length--)
    if (text.endsWith(mark.slice(0, length))) return length
  return 0
}
