import { partsOf, textOf, type Message, type MessagePart } from '@icrl/core'

/**
 * True if a message that came back is the one that was served. Ids of calls are ours and play no
 * part; reasoning may be missing, since most dialects cannot carry it. Everything else must be equal:
 * a client that changed it no longer continues what was sampled.
 */
export function isSameMessage(served: Message, given: Message): boolean {
  if (served.role !== given.role || textOf(served) !== textOf(given)) return false
  if (served.role !== 'assistant') return true
  const [reasoned, returned] = [reasoningOf(served), reasoningOf(given)]
  return callsOf(served) === callsOf(given) && (returned === '' || returned === reasoned)
}

function reasoningOf(message: Message): string {
  return partsOf(message)
    .map((part) => (part.type === 'reasoning' ? part.text : ''))
    .join('')
}

function callsOf(message: Message): string {
  const calls = partsOf(message).filter((part) => part.type === 'tool-call')
  return JSON.stringify(calls.map((call) => [call.name, sorted(call.arguments)]))
}

/** With the keys of objects in order: what JSON means, not how it was written. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([key, each]) => [key, sorted(each)])
}

/**
 * The messages after a history, if they continue it: it is their beginning, and only what the
 * assistant is told follows. Undefined otherwise.
 */
export function continuationOf(
  history: readonly Message[],
  given: readonly Message[],
): readonly Message[] | undefined {
  if (given.length <= history.length) return undefined
  if (!history.every((message, i) => isSameMessage(message, given[i]))) return undefined
  const rest = given.slice(history.length)
  return rest.every(({ role }) => role !== 'assistant') ? rest : undefined
}

/** The assistant's message that says these parts. */
export function assistantMessage(parts: readonly MessagePart[]): Message {
  return { role: 'assistant', content: parts }
}
