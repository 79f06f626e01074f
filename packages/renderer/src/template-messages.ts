import { IcrlError, textOf, type Json, type Message, type MessagePart, type Tool } from '@icrl/core'

type TemplateMessage = Readonly<Record<string, Json>>

/**
 * A message as transformers hands it to templates: an assistant's reasoning as `reasoning_content`
 * and, for gpt-oss, `thinking`; its calls as `tool_calls`, and each result of a tool as a message of
 * its own.
 *
 * @throws `invalid-shape` for a part that does not belong to the message's role
 */
export function templateMessages(message: Message): TemplateMessage[] {
  const { role, content } = message
  if (typeof content === 'string') return [{ role, content }]
  for (const { type } of content) checkPart(role, type)
  if (role === 'tool') return content.map((part) => toolMessage(part))
  const reasoning = content.flatMap((part) => (part.type === 'reasoning' ? [part.text] : []))
  const calls = content.flatMap((part) => (part.type === 'tool-call' ? [templateCall(part)] : []))
  const thought = reasoning.join('')
  return [
    {
      ...(reasoning.length > 0 && { thinking: thought }),
      role,
      content: textOf(message),
      ...(reasoning.length > 0 && { reasoning_content: thought }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  ]
}

/** Tools as templates and OpenAI-compatible endpoints know them. */
export function templateTools(tools: readonly Tool[]): Json[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters },
  }))
}

function templateCall({
  name,
  arguments: given,
  id,
}: Extract<MessagePart, { type: 'tool-call' }>): Json {
  return {
    ...(id !== undefined && { id }),
    type: 'function',
    function: { name, arguments: given },
  }
}

function toolMessage(part: MessagePart): TemplateMessage {
  const [{ name, id }] = [part as { readonly name?: string; readonly id?: string }]
  return {
    role: 'tool',
    content: textOf({ content: [part] }),
    ...(name !== undefined && { name }),
    ...(id !== undefined && { tool_call_id: id }),
  }
}

/** Whose parts these are; text is everybody's. */
const OWNERS: Readonly<Record<Exclude<MessagePart['type'], 'text'>, Message['role']>> = {
  reasoning: 'assistant',
  'tool-call': 'assistant',
  'tool-result': 'tool',
}

function checkPart(role: Message['role'], type: MessagePart['type']): void {
  if (type === 'text' || OWNERS[type] === role) return
  throw new IcrlError(`a message of role "${role}" has a part of type "${type}".`, {
    code: 'invalid-shape',
    remedy: `Give it to a message of role "${OWNERS[type] ?? 'user'}".`,
  })
}
