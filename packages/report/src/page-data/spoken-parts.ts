import { partsOf, type Dialogue, type MessagePart } from '@icrl/core'
import type { SpokenData } from './report-data.ts'

/**
 * A dialogue part by part, in the order in which it was said. The tools' names come from the calls
 * that they answer, where the messages do not say them.
 *
 * @param kept characters of all texts together; the rest is cut, and says so
 */
export function spokenParts({ messages }: Dialogue, kept: number): SpokenData[] {
  const called = new Map<string, string>()
  const parts = messages.flatMap((message) =>
    partsOf(message).map((part): SpokenData => {
      if (part.type === 'tool-call' && part.id !== undefined) called.set(part.id, part.name)
      return spoken(part, message.role, called)
    }),
  )
  let left = kept
  return parts
    .filter(({ by, text }) => text !== '' || by === 'call' || by === 'tool')
    .map((part) => {
      const text = part.text.slice(0, left)
      const cut = part.text.length - text.length
      left -= text.length
      return cut > 0 ? { ...part, text: `${text}… (${cut} more characters)` } : part
    })
}

function spoken(
  part: MessagePart,
  role: 'system' | 'user' | 'assistant' | 'tool',
  called: ReadonlyMap<string, string>,
): SpokenData {
  if (part.type === 'text') return { by: role, text: part.text }
  if (part.type === 'reasoning') return { by: 'reasoning', text: part.text }
  if (part.type === 'tool-call')
    return { by: 'call', tool: part.name, text: JSON.stringify(part.arguments) }
  const tool = part.name ?? called.get(part.id ?? '')
  return { by: 'tool', ...(tool !== undefined && { tool }), text: part.text }
}
