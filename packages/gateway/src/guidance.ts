import { textOf, type Message } from '@icrl/core'

/** Puts guidance into the messages that a model is shown. */
export type PlaceGuidance = (messages: readonly Message[], guidance: string) => readonly Message[]

/**
 * Puts guidance under a heading of its own at the end of the system message, or of the first message
 * of a conversation that has none.
 *
 * @example
 * placeGuidance([{ role: 'user', content: 'Sum?' }], 'Add, then check.')
 */
export function placeGuidance(messages: readonly Message[], guidance: string): readonly Message[] {
  const [first, ...rest] = messages
  if (first === undefined || first.role === 'assistant' || first.role === 'tool') return messages
  return [{ ...first, content: `${textOf(first)}\n\n# Guidance\n${guidance}` }, ...rest]
}

/** Shorter pieces are said by chance. */
const LEAST = 24

/**
 * True if messages of the client repeat guidance: the whole of it, or a line or sentence of 24
 * characters or more. White space and case do not matter.
 *
 * @example
 * quotesGuidance([{ role: 'user', content: 'You said: add, then check.' }], 'Add, then check.') // true
 */
export function quotesGuidance(messages: readonly Message[], guidance: string): boolean {
  const plain = (text: string): string => text.replace(/\s+/g, ' ').trim().toLowerCase()
  const pieces = [guidance, ...guidance.split(/\n|(?<=[.!?])\s+/)].map(plain)
  const wanted = pieces.filter((piece, i) => piece !== '' && (i === 0 || piece.length >= LEAST))
  return messages.some((message) => {
    const text = plain(
      textOf(message) +
        (typeof message.content === 'string'
          ? ''
          : message.content
              .map((part) => (part.type === 'tool-call' ? JSON.stringify(part.arguments) : ''))
              .join('')),
    )
    return wanted.some((piece) => text.includes(piece))
  })
}
