import { IcrlError } from '../errors.ts'
import { type Message, textOf } from '../message.ts'
import type { Renderer } from '../renderer.ts'

/** Words every {@link wordRenderer} has, at ids 0, 1 and 2: they mark turns and show in no text. */
export const TURN_WORDS = ['<end>', '<user>', '<assistant>'] as const

const [END, USER, ASSISTANT] = [0, 1, 2]

/**
 * A renderer of a vocabulary of words: one id per word, words cut at spaces. A message is `<user>`
 * or `<assistant>`, its words and, after an assistant, `<end>`, which is the stop id.
 *
 * @param words the vocabulary besides `TURN_WORDS`; their ids begin at 3
 * @throws `invalid-option` for a word that is there twice or holds a space; from `start` and
 * `continue`, `vocabulary-mismatch` naming a word that is not there
 * @example
 * const renderer = wordRenderer(['left', 'right'])
 * const prompt = renderer.start([{ role: 'user', content: 'left right' }]) // [1, 3, 4, 2]
 * renderer.text(prompt) // 'left right'
 */
export function wordRenderer(words: readonly string[]): Renderer {
  const all = [...TURN_WORDS, ...words]
  const ids = new Map(all.map((word, id) => [word, id]))
  const unfit = all.find((word, id) => ids.get(word) !== id || /^$|\s/.test(word))
  if (unfit !== undefined)
    throw new IcrlError(
      `wordRenderer: the word "${unfit}" is there twice, empty or holds a space.`,
      {
        code: 'invalid-option',
        remedy: 'Give each word once, without spaces.',
      },
    )
  const idOf = (word: string): number => {
    const id = ids.get(word)
    if (id !== undefined) return id
    throw new IcrlError(`wordRenderer: the vocabulary has no word "${word}".`, {
      code: 'vocabulary-mismatch',
      remedy: 'Add it to the words, or prompt with words that are there.',
    })
  }
  const message = (said: Message): number[] => {
    const { role } = said
    const body = textOf(said).split(/\s+/).filter(Boolean).map(idOf)
    return role === 'assistant' ? [ASSISTANT, ...body, END] : [USER, ...body]
  }
  return {
    start: (messages) => Int32Array.from([...messages.flatMap(message), ASSISTANT]),
    continue: (observations, finish) =>
      Int32Array.from([
        ...(finish === 'length' ? [END] : []),
        ...observations.flatMap(message),
        ASSISTANT,
      ]),
    answer: (text) => Int32Array.of(...text.split(/\s+/).filter(Boolean).map(idOf), END),
    text: (tokens) =>
      Array.from(tokens)
        .filter((id) => id >= TURN_WORDS.length)
        .map((id) => all[id] ?? `<${id}>`)
        .join(' '),
    stop: [END],
    vocabularySize: all.length,
  }
}
