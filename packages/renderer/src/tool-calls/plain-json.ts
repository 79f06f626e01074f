import { partsOf, textOf, type Message, type Tool, type ToolResultPart } from '@icrl/core'
import type { ConversationText } from '../compile-template.ts'
import { templateTools } from '../template-messages.ts'
import { readNameAndArguments, TOOL_CALL_MARKS } from './hermes-json.ts'
import type { ToolCallFormat } from './tool-call-format.ts'

/**
 * Calls for templates that know no tools: written in words, as Hermes does, and explained to the
 * model in its system message. It is what is left when no other format is.
 *
 * @example
 * plainJson.read('{"name": "add", "arguments": {"a": 2}}', [])
 */
export const plainJson: ToolCallFormat = {
  name: 'plain-json',
  marks: TOOL_CALL_MARKS,
  isFormatOf: () => true,
  read: readNameAndArguments,
}

/** What a template can show by itself. */
export interface TemplateRoles {
  readonly system: boolean
  readonly tool: boolean
}

/**
 * Renders tools, calls and results by a template that knows none: tools join the system message (or
 * the first message, where the template has no such role), calls become words, and so do results
 * where the template has no role `tool`.
 */
export function renderPlainTools(render: ConversationText, roles: TemplateRoles): ConversationText {
  return (messages, open, tools = []) => {
    const said = messages.map(withoutCalls)
    const heard = roles.tool ? said : withoutResults(said)
    return render(tools.length === 0 ? heard : withTools(heard, tools, roles), open)
  }
}

function withoutCalls(message: Message): Message {
  if (message.role !== 'assistant' || typeof message.content === 'string') return message
  const calls = message.content.flatMap((part) =>
    part.type === 'tool-call'
      ? [marked(JSON.stringify({ name: part.name, arguments: part.arguments }))]
      : [],
  )
  if (calls.length === 0) return message
  const content = [textOf(message), ...calls].filter((text) => text !== '').join('\n')
  const reasoning = message.content.filter((part) => part.type === 'reasoning')
  return { role: 'assistant', content: [...reasoning, { type: 'text', text: content }] }
}

function marked(call: string): string {
  const [open, close] = TOOL_CALL_MARKS
  return `${open}\n${call}\n${close}`
}

/** Results that follow one another become one message of the user. */
function withoutResults(messages: readonly Message[]): Message[] {
  const plain: Message[] = []
  messages.forEach((message, i) => {
    if (message.role !== 'tool') return void plain.push(message)
    const words = partsOf(message).map((part) => resultWords(part as ToolResultPart))
    const before = i > 0 && messages[i - 1].role === 'tool' ? plain.pop() : undefined
    const all = before === undefined ? words : [textOf(before), ...words]
    plain.push({ role: 'user', content: all.join('\n') })
  })
  return plain
}

function resultWords({ text }: Pick<ToolResultPart, 'text'>): string {
  return `<tool_response>\n${text}\n</tool_response>`
}

function withTools(
  [first, ...rest]: readonly Message[],
  tools: readonly Tool[],
  { system }: TemplateRoles,
): Message[] {
  const words = `# Tools

You may call these functions:
${templateTools(tools)
  .map((tool) => JSON.stringify(tool))
  .join('\n')}

To call one, write its name and its arguments as JSON:
${marked('{"name": "the function", "arguments": {"an argument": "its value"}}')}`
  if (first.role === 'system' || !system)
    return [{ role: first.role, content: `${textOf(first)}\n\n${words}` }, ...rest]
  return [{ role: 'system', content: words }, first, ...rest]
}
