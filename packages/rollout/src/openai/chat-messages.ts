import {
  partsOf,
  textOf,
  type Message,
  type MessagePart,
  type Tool,
  type ToolCallPart,
} from '@icrl/core'

type Fields = Readonly<Record<string, unknown>>

/**
 * Messages as chat completions take them: an assistant's calls as `tool_calls`, each result of a
 * tool as a message of its own. Calls without an id are numbered, and results without one take those
 * of the latest calls, in order, if there are any. Reasoning is left out: the interface has no field for it.
 *
 * @example
 * import { chatMessages } from '@icrl/rollout/openai'
 * chatMessages([{ role: 'user', content: 'Sum?' }])
 */
export function chatMessages(messages: readonly Message[]): Fields[] {
  let made = 0
  let open: string[] = []
  return messages.flatMap((message): Fields[] => {
    const { role, content } = message
    if (role === 'tool')
      return partsOf(message).map((part) => {
        const id = idOf(part) ?? open.shift()
        return {
          role,
          content: textOf({ content: [part] }),
          ...(id !== undefined && { tool_call_id: id }),
        }
      })
    if (typeof content === 'string') return [{ role, content }]
    const calls = content.filter((part) => part.type === 'tool-call')
    const ids = calls.map(({ id }) => id ?? `call_${++made}`)
    open = [...ids]
    return [
      {
        role,
        content: textOf(message),
        ...(calls.length > 0 && { tool_calls: calls.map((call, i) => chatCall(call, ids[i])) }),
      },
    ]
  })
}

/**
 * Tools as chat completions take them.
 *
 * @example
 * import { chatTools } from '@icrl/rollout/openai'
 * chatTools([{ name: 'add', parameters: { type: 'object' } }])
 */
export function chatTools(tools: readonly Tool[]): Fields[] {
  return tools.map((tool) => ({ type: 'function', function: tool }))
}

function chatCall({ name, arguments: given }: ToolCallPart, id: string): Fields {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } }
}

function idOf(part: MessagePart): string | undefined {
  return part.type === 'tool-result' ? part.id : undefined
}
