import { joinParts, type PartDelta, type Renderer, type Tool } from '@icrl/core'
import { readWords } from '@icrl/renderer'

/** Options of {@link turnReader}. */
export interface TurnReaderOptions {
  readonly renderer: Renderer
  readonly tools: readonly Tool[]
  /** Strings that end the turn. */
  readonly stop: readonly string[]
  /** Gives the call with this 0-based number its id. */
  readonly callId: (index: number) => string
  /** Told of what is certain, as it comes. */
  readonly onDelta: (delta: PartDelta) => void
}

/** Reads a turn while it is sampled, up to a stop string. */
export interface TurnReader {
  /** Takes the next token; true once a stop string is complete, which ends the turn. */
  push(token: number): boolean
  /** Ends the turn; everything it said, without the stop string. */
  end(): readonly PartDelta[]
  /** Tokens it took, the one that completed a stop string among them. */
  readonly length: number
  /** The stop string that ended it. */
  readonly stopString?: string
}

/**
 * Reads a turn token by token. A stop string is looked for in the words as they are decoded, before
 * they are told apart, so that it ends with the very token that completes it: ids are kept, text is
 * cut. What may be the beginning of a stop string is held back.
 */
export function turnReader(options: TurnReaderOptions): TurnReader {
  const { renderer, tools, stop, callId, onDelta } = options
  const parts = renderer.read?.({ tools }) ?? readAtEnd(renderer, tools)
  const words = readWords(renderer.text)
  const said: PartDelta[] = []
  let raw = ''
  let held = ''
  let length = 0
  let calls = 0
  let found: string | undefined
  const give = (delta: PartDelta): void => {
    const whole = delta.type === 'tool-call' ? { ...delta, id: callId(calls++) } : delta
    said.push(whole)
    onDelta(whole)
  }
  const flush = (text: string): void => {
    if (text !== '') give({ type: 'text', text })
    held = ''
  }
  const take = (delta: PartDelta): void => {
    if (delta.type !== 'text' || stop.length === 0) {
      if (held !== '') flush(held)
      return give(delta)
    }
    const text = held + delta.text
    const certain = text.length - longestBeginning(text, stop)
    flush(text.slice(0, certain))
    held = text.slice(certain)
  }
  return {
    get length() {
      return length
    },
    get stopString() {
      return found
    },
    push(token) {
      length++
      if (stop.length > 0) {
        const fresh = words.push(token)
        raw += fresh
        found = firstOf(stop, raw, raw.length - fresh.length)
      }
      for (const delta of parts.push(token)) take(delta)
      return found !== undefined
    },
    end() {
      for (const delta of parts.end()) take(delta)
      const at = found === undefined ? -1 : held.indexOf(found)
      flush(at < 0 ? held : held.slice(0, at))
      return joinParts(said)
    },
  }
}

/** For renderers that read a turn only when it is whole. */
function readAtEnd(
  renderer: Renderer,
  tools: readonly Tool[],
): { push(token: number): PartDelta[]; end(): PartDelta[] } {
  const ids: number[] = []
  return {
    push(token) {
      ids.push(token)
      return []
    },
    end() {
      const tokens = Int32Array.from(ids)
      const parts = renderer.parse?.(tokens, { tools }) ?? [
        { type: 'text' as const, text: renderer.text(tokens) },
      ]
      return parts.flatMap((part) => (part.type === 'tool-result' ? [] : [part]))
    },
  }
}

/** The stop string that is complete first, if one ends in the words from `from` on. */
function firstOf(stop: readonly string[], text: string, from: number): string | undefined {
  let first: { readonly end: number; readonly string: string } | undefined
  for (const string of stop) {
    const at = text.indexOf(string, Math.max(0, from - string.length + 1))
    const end = at + string.length
    if (at >= 0 && (first === undefined || end < first.end)) first = { end, string }
  }
  return first?.string
}

/** Length of the text's end that a stop string may begin with, or holds whole. */
function longestBeginning(text: string, stop: readonly string[]): number {
  const whole = stop.map((string) => text.indexOf(string)).filter((at) => at >= 0)
  if (whole.length > 0) return text.length - Math.min(...whole)
  const partial = stop.map((string) => {
    let length = Math.min(text.length, string.length - 1)
    while (length > 0 && !text.endsWith(string.slice(0, length))) length--
    return length
  })
  return Math.max(0, ...partial)
}
