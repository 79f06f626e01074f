import type { ToolCallPart } from '@icrl/core'
import { isRecord, jsonOf, toolCall, type ToolCallFormat } from './tool-call-format.ts'

/** The marks of Hermes, Qwen and many others. */
export const TOOL_CALL_MARKS = ['<tool_call>', '</tool_call>'] as const

/**
 * Calls as Hermes, Qwen2.5 and Qwen3 write them: between `<tool_call>` and `</tool_call>`, JSON of
 * `name` and `arguments`. Arguments that are themselves JSON in a string are read, too.
 *
 * @example
 * hermesJson.read('{"name": "add", "arguments": {"a": 2}}', [])
 */
export const hermesJson: ToolCallFormat = {
  name: 'hermes-json',
  marks: TOOL_CALL_MARKS,
  isFormatOf: ({ text }) => /<tool_call>\s*\{\s*"name"\s*:/.test(text),
  read: readNameAndArguments,
}

/** A call as JSON of `name` and `arguments`. */
export function readNameAndArguments(text: string): ToolCallPart | undefined {
  const call = jsonOf(text)
  if (!isRecord(call)) return undefined
  const given = typeof call.arguments === 'string' ? jsonOf(call.arguments) : call.arguments
  return toolCall(call.name, given ?? {})
}
