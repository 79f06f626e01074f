import type { Json, Tool, ToolCallPart } from '@icrl/core'

/** How a family of models writes the call of a tool, and how it is read back. */
export interface ToolCallFormat {
  /** By which a configuration names it. */
  readonly name: string
  /**
   * What stands around each call: two tokens where the vocabulary has them, else words.
   *
   * @defaultValue a call is the whole answer
   */
  readonly marks?: readonly [open: string, close: string]
  /** True if a template that wrote `call` writes calls in this format. */
  isFormatOf(call: WrittenCall): boolean
  /** The call in what stands between the marks; undefined if it is not well formed. */
  read(text: string, tools: readonly Tool[]): ToolCallPart | undefined
}

/** How a template wrote the call of a tool with one argument. */
export interface WrittenCall {
  /** The call as the model must write it. */
  readonly text: string
  /** Name of the tool in it. */
  readonly tool: string
  /** Name of the argument in it. */
  readonly argument: string
}

/** A call with the arguments as an object; undefined for anything else. */
export function toolCall(name: unknown, given: unknown): ToolCallPart | undefined {
  return typeof name === 'string' && name !== '' && isRecord(given)
    ? { type: 'tool-call', name, arguments: given }
    : undefined
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined for what is not JSON: a model writes what it likes. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
