import type { Message, Renderer } from '@icrl/core'

/** Ids of the marks a conversation is made of. */
export const MARKS = { end: 0, user: 1, assistant: 2, system: 3 } as const

export interface WordRenderer extends Renderer {
  id(word: string): number
}

/** Known beforehand, so that the order in which sessions speak changes no id. */
const WORDS = `what is plus one advice answered it wrong count once more again ${Array.from({ length: 30 }, (_, i) => i).join(' ')}`

/**
 * A renderer over words; an unknown one is given the next id. `text` joins with single spaces, so decoding and encoding again is
 * not the identity; with `merge` it also drops repeated words, as lossy tokenizers do.
 */
export function wordRenderer({ vocabularySize = 4096, merge = false }: { vocabularySize?: number; merge?: boolean } = {}): WordRenderer {
  const words: string[] = ['<end>', '<user>', '<assistant>', '<system>', ...WORDS.split(' ')]
  const id = (word: string): number => {
    const at = words.indexOf(word)
    return at >= 0 ? at : words.push(word) - 1
  }
  const encode = (text: string): number[] => text.split(/\s+/).filter(Boolean).map(id)
  const message = ({ role, content }: Message): number[] => [role === 'system' ? MARKS.system : role === 'assistant' ? MARKS.assistant : MARKS.user, ...encode(content), MARKS.end]
  return {
    id,
    start: (messages) => Int32Array.from([...messages.flatMap(message), MARKS.assistant]),
    continue: (observation, finish) => Int32Array.from([...(finish === 'length' ? [MARKS.end] : []), ...message(observation), MARKS.assistant]),
    text: (tokens) => {
      const shown = [...tokens].filter((token) => token > 3).map((token) => words[token] ?? `w${token}`)
      return (merge ? shown.filter((word, i) => word !== shown[i - 1]) : shown).join(' ')
    },
    stop: [MARKS.end],
    vocabularySize,
  }
}
