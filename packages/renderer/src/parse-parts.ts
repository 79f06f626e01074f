import {
  joinParts,
  type MessagePart,
  type PartDelta,
  type PartsReader,
  type RenderOptions,
  type Tool,
} from '@icrl/core'
import type { ChatTokenizer } from './create-tokenizer.ts'
import { readWords, type WordsReader } from './read-words.ts'
import { checkedCall, noCalls, spelledCalls, wholeCall, type TextCalls } from './text-calls.ts'
import type { ToolCallFormat } from './tool-calls/tool-call-format.ts'

const REASONING = ['<think>', '</think>'] as const

/** How assistant turns are read. */
export interface PartsParserOptions {
  readonly tokenizer: ChatTokenizer
  readonly stop: readonly number[]
  /** How the template writes reasoning and calls. @defaultValue calls are words */
  readonly format?: ToolCallFormat
  /** True if the prompt ends with an open `<think>`. */
  readonly opensReasoning: boolean
}

/** Reads what an assistant said, at once or as it comes. */
export interface PartsParser {
  parse(tokens: Int32Array, options?: RenderOptions): readonly MessagePart[]
  read(options?: RenderOptions): PartsReader
}

/** Ids of two marks, where the vocabulary has both. */
type MarkIds = readonly [open: number, close: number] | undefined

/**
 * Reads what an assistant said, part by part. Only ids count where the vocabulary has the marks: text
 * that spells one with other tokens is text. Reasoning without its end was cut off, and says so; its
 * end without a beginning means that the prompt opened it. A call that is not well formed stays
 * text, mark by mark.
 */
export function partsParser(options: PartsParserOptions): PartsParser {
  const { tokenizer, format, opensReasoning } = options
  const reasoning = idsOf(tokenizer, REASONING)
  const calls = format?.marks && idsOf(tokenizer, format.marks)
  const reader = (tools: readonly Tool[], isThinking: boolean): PartsReader =>
    new Reader(options, { reasoning, calls }, tools, isThinking && reasoning !== undefined)
  return {
    read: ({ tools = [] } = {}) => reader(tools, opensReasoning),
    parse(tokens, { tools = [] } = {}) {
      const reading = reader(tools, opensReasoning || endsReasoning(tokens, reasoning))
      const parts = Array.from(tokens).flatMap((token) => reading.push(token))
      return joinParts([...parts, ...reading.end()])
    },
  }
}

function idsOf(tokenizer: ChatTokenizer, marks: readonly [string, string]): MarkIds {
  const [open, close] = marks.map((mark) => tokenizer.tokenId(mark))
  return open === undefined || close === undefined ? undefined : [open, close]
}

/** True if reasoning ends in what was said, and did not begin there. */
function endsReasoning(tokens: Int32Array, marks: MarkIds): boolean {
  if (!marks) return false
  const [begins, ends] = marks.map((id) => tokens.indexOf(id))
  return ends >= 0 && (begins < 0 || ends < begins)
}

class Reader implements PartsReader {
  readonly #options: PartsParserOptions
  readonly #marks: { readonly reasoning: MarkIds; readonly calls: MarkIds }
  readonly #tools: readonly Tool[]
  readonly #textCalls: TextCalls
  #inside: 'text' | 'reasoning' | 'tool-call'
  #words: WordsReader
  /** Line ends that were not given yet: a mark that follows swallows them. */
  #gap = ''
  /** True if line ends that come now are left out. */
  #isFresh: boolean
  #isMarked: boolean
  /** What was said since the mark of a call. */
  #call = ''

  constructor(
    options: PartsParserOptions,
    marks: { readonly reasoning: MarkIds; readonly calls: MarkIds },
    tools: readonly Tool[],
    isThinking: boolean,
  ) {
    this.#options = options
    this.#marks = marks
    this.#tools = tools
    this.#textCalls = textCallsOf(options.format, marks.calls, tools)
    this.#inside = isThinking ? 'reasoning' : 'text'
    this.#isFresh = this.#isMarked = isThinking
    this.#words = readWords(options.tokenizer.decode)
  }

  push(token: number): readonly PartDelta[] {
    if (this.#options.stop.includes(token)) return []
    const [think, answer] = this.#marks.reasoning ?? []
    const [call, called] = this.#marks.calls ?? []
    if (this.#inside === 'text' && token === think) return this.#open('reasoning')
    if (this.#inside === 'text' && token === call) return this.#open('tool-call')
    if (this.#inside === 'reasoning' && token === answer) return this.#close([])
    if (this.#inside === 'tool-call' && token === called) return this.#endOfCall()
    return this.#say(this.#words.push(token))
  }

  end(): readonly PartDelta[] {
    const said = this.#say(this.#words.end())
    if (this.#inside === 'tool-call') return [...said, ...this.#asText(false)]
    if (this.#inside === 'reasoning')
      return [...said, { type: 'reasoning', text: '', unfinished: true }]
    const rest = this.#isMarked ? [] : this.#textCalls.push(this.#gap)
    return [...said, ...rest, ...this.#textCalls.end()]
  }

  #open(inside: 'reasoning' | 'tool-call'): readonly PartDelta[] {
    const said = this.#say(this.#words.end())
    this.#words = readWords(this.#options.tokenizer.decode)
    this.#inside = inside
    this.#isMarked = true
    this.#call = ''
    if (inside === 'reasoning') {
      this.#gap = ''
      this.#isFresh = true
    }
    return said
  }

  #close(parts: readonly PartDelta[]): readonly PartDelta[] {
    const said = [...this.#say(this.#words.end()), ...parts]
    this.#words = readWords(this.#options.tokenizer.decode)
    this.#inside = 'text'
    this.#gap = ''
    this.#isFresh = this.#isMarked = true
    return said
  }

  #endOfCall(): readonly PartDelta[] {
    this.#say(this.#words.end())
    const { format } = this.#options
    const call = format?.read(this.#call, this.#tools)
    this.#words = readWords(this.#options.tokenizer.decode)
    if (call) return this.#close([checkedCall(call, this.#tools)])
    return this.#asText(true)
  }

  /** A call that is none, as it was written. */
  #asText(isClosed: boolean): readonly PartDelta[] {
    const [open, close] = this.#options.format!.marks!
    this.#inside = 'text'
    this.#isFresh = false
    return this.#say(`${open}${this.#call}${isClosed ? close : ''}`)
  }

  #say(words: string): readonly PartDelta[] {
    if (this.#inside === 'tool-call') {
      this.#call += words
      return []
    }
    const text = this.#gap + (this.#isFresh ? words.replace(/^\n+/, '') : words)
    this.#isFresh &&= text === ''
    const certain = text.replace(/\n+$/, '')
    this.#gap = text.slice(certain.length)
    if (certain === '') return []
    return this.#inside === 'reasoning'
      ? [{ type: 'reasoning', text: certain }]
      : this.#textCalls.push(certain)
  }
}

function textCallsOf(
  format: ToolCallFormat | undefined,
  ids: MarkIds,
  tools: readonly Tool[],
): TextCalls {
  if (!format || tools.length === 0) return noCalls
  if (!format.marks) return wholeCall(format, tools)
  return ids ? noCalls : spelledCalls(format, format.marks, tools)
}
