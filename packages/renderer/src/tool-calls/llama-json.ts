import { isRecord, jsonOf, toolCall, type ToolCallFormat } from './tool-call-format.ts'

/**
 * Calls as Llama 3.1 and 3.2 write them: the whole answer is JSON of `name` and `parameters`. No
 * token marks it, so an answer is a call only if it names a tool that was offered.
 *
 * @example
 * const add = { name: 'add', parameters: { type: 'object' } }
 * llamaJson.read('{"name": "add", "parameters": {"a": 2}}', [add])
 */
export const llamaJson: ToolCallFormat = {
  name: 'llama-json',
  isFormatOf: ({ text, tool }) =>
    !text.includes('<tool_call>') &&
    new RegExp(`\\{\\s*"name"\\s*:\\s*"${tool}"\\s*,\\s*"parameters"\\s*:`).test(text),
  read(text, tools) {
    const call = jsonOf(text)
    if (!isRecord(call) || !tools.some(({ name }) => name === call.name)) return undefined
    return toolCall(call.name, call.parameters ?? {})
  },
}
