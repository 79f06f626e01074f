import type { Json } from './recipe.ts'

/** Something said in words. */
export interface TextPart {
  /** Marks the kind of part. */
  readonly type: 'text'
  /** The text. */
  readonly text: string
}

/** What an assistant thought before it answered. */
export interface ReasoningPart {
  /** Marks the kind of part. */
  readonly type: 'reasoning'
  /** The thoughts. */
  readonly text: string
  /** Present if it was cut off before its end. */
  readonly unfinished?: true
}

/** An assistant's call of a tool. */
export interface ToolCallPart {
  /** Marks the kind of part. */
  readonly type: 'tool-call'
  /** The tool that is called. */
  readonly name: string
  /** By their names. */
  readonly arguments: Readonly<Record<string, Json>>
  /** Ties a result to its call, where an endpoint or a template asks for it. */
  readonly id?: string
  /** Present if no tool of that name was offered. */
  readonly unknown?: true
}

/** What a tool answered. */
export interface ToolResultPart {
  /** Marks the kind of part. */
  readonly type: 'tool-result'
  /** What the tool answered. */
  readonly text: string
  /** The tool's name. */
  readonly name?: string
  /** That of the call. */
  readonly id?: string
}

/** One part of a message. */
export type MessagePart = TextPart | ReasoningPart | ToolCallPart | ToolResultPart

/**
 * One message of a conversation, as chat templates and OpenAI-compatible endpoints know it. Reasoning
 * and tool calls are an assistant's, results of tools are a message of role `tool`.
 */
export interface Message {
  /** Who says it. */
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  /** What is said: a text, or parts of several kinds in order. */
  readonly content: string | readonly MessagePart[]
}

/** A tool that an assistant may call. */
export interface Tool {
  /** By which it is called. */
  readonly name: string
  /** What it does, for the model to read. */
  readonly description?: string
  /** JSON schema of its arguments, an object. */
  readonly parameters: { readonly [key: string]: Json }
}

/** A conversation in messages, with the tools that were offered in it. */
export interface Dialogue {
  /** The conversation, oldest first. */
  readonly messages: readonly Message[]
  /** Tools that the model is told of. */
  readonly tools: readonly Tool[]
}

/**
 * The words of a message: its text parts and what tools answered, without reasoning and calls.
 *
 * @example
 * textOf({ role: 'user', content: 'Two plus two?' }) // 'Two plus two?'
 * textOf({
 *   role: 'assistant',
 *   content: [
 *     { type: 'reasoning', text: 'Simple.' },
 *     { type: 'text', text: 'Four.' },
 *   ],
 * }) // 'Four.'
 */
export function textOf({ content }: Omit<Message, 'role'> & Partial<Message>): string {
  if (typeof content === 'string') return content
  return content.map((part) => wordsOf(part)).join('')
}

function wordsOf(part: MessagePart): string {
  return part.type === 'text' || part.type === 'tool-result' ? part.text : ''
}

/**
 * A message's content as parts: a string is one text part, an empty one none.
 *
 * @example
 * partsOf({ role: 'user', content: 'Hi' }) // [{ type: 'text', text: 'Hi' }]
 */
export function partsOf({
  content,
}: Omit<Message, 'role'> & Partial<Message>): readonly MessagePart[] {
  if (typeof content !== 'string') return content
  return content === '' ? [] : [{ type: 'text', text: content }]
}

/** What a token adds to a message: words of a part, or a whole call. */
export type PartDelta = TextPart | ReasoningPart | ToolCallPart

/**
 * Deltas as parts: words of one kind that follow one another are one part, empty ones none.
 *
 * @example
 * joinParts([
 *   { type: 'text', text: 'Fo' },
 *   { type: 'text', text: 'ur.' },
 * ]) // [{ type: 'text', text: 'Four.' }]
 */
export function joinParts(deltas: readonly PartDelta[]): readonly PartDelta[] {
  const parts: PartDelta[] = []
  for (const delta of deltas) {
    const last = parts.at(-1)
    if (delta.type === 'tool-call' || last?.type !== delta.type) parts.push(delta)
    else parts[parts.length - 1] = { ...last, ...delta, text: last.text + delta.text } as PartDelta
  }
  return parts.filter((part) => part.type === 'tool-call' || part.text !== '')
}
