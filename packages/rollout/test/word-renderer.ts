import { textOf, type Message, type MessagePart, type Renderer } from '@icrl/core'

/** Ids of the marks a conversation is made of. */
export const MARKS = { end: 0, user: 1, assistant: 2, system: 3 } as const

const VOCABULARY_SIZE = 1 << 20

export interface WordRenderer extends Renderer {
  id(word: string): number
}

/**
 * A renderer over words, each an id by its own letters (FNV-1a). `text` joins with single spaces,
 * so decoding and encoding again is not the identity; with `merge` it also drops repeated words, as
 * lossy tokenizers do.
 */
export function wordRenderer({ merge = false }: { merge?: boolean } = {}): WordRenderer {
  const words = new Map<number, string>()
  const id = (word: string): number => {
    let hash = 0x811c9dc5
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x0100_0193)
    const found = 4 + ((hash >>> 0) % (VOCABULARY_SIZE - 4))
    if (words.has(found) && words.get(found) !== word)
      throw new Error(`"${word}" and "${words.get(found)}" share an id`)
    words.set(found, word)
    return found
  }
  const encode = (text: string): number[] => text.split(/\s+/).filter(Boolean).map(id)
  const message = (said: Message): number[] => [
    said.role === 'system'
      ? MARKS.system
      : said.role === 'assistant'
        ? MARKS.assistant
        : MARKS.user,
    ...encode(textOf(said)),
    MARKS.end,
  ]
  return {
    id,
    start: (messages) => Int32Array.from([...messages.flatMap(message), MARKS.assistant]),
    continue: (observations, finish) =>
      Int32Array.from([
        ...(finish === 'length' ? [MARKS.end] : []),
        ...observations.flatMap(message),
        MARKS.assistant,
      ]),
    text: (tokens) => {
      const shown = [...tokens]
        .filter((token) => token > 3)
        .map((token) => words.get(token) ?? `w${token}`)
      return (merge ? shown.filter((word, i) => word !== shown[i - 1]) : shown).join(' ')
    },
    // `call look` is a call of the tool `look`; anything else is text.
    parse: (tokens) =>
      [...tokens]
        .filter((token) => token > 3)
        .map((token) => words.get(token) ?? `w${token}`)
        .reduce<MessagePart[]>((parts, word, i, all) => {
          if (word === 'call' && all[i + 1] !== undefined)
            return [...parts, { type: 'tool-call', name: all[i + 1], arguments: {} }]
          return all[i - 1] === 'call' ? parts : [...parts, { type: 'text', text: word }]
        }, []),
    stop: [MARKS.end],
    vocabularySize: VOCABULARY_SIZE,
  }
}
