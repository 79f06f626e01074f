/** Words of ids that come one by one. */
export interface WordsReader {
  /** Takes one more id; the words that are certain now. */
  push(id: number): string
  /** The words that were held back: of a character that is not complete. */
  end(): string
}

/**
 * Decodes ids as they come: what it gives, put together, is what `decode` gives of all of them. Only
 * the last few ids are decoded again for each new one, so a long answer costs no more per token.
 * Where an id ends in the middle of a character, its words wait for the next one.
 *
 * @param text words of ids, such as `Renderer.text` or a tokenizer's `decode`
 * @example
 * declare const tokenizer: ChatTokenizer
 * const reader = readWords(tokenizer.decode)
 * const words = [17, 42].map((id) => reader.push(id)).join('') + reader.end()
 */
export function readWords(text: (tokens: Int32Array) => string): WordsReader {
  const ids: number[] = []
  let from = 0
  let given = 0
  const decode = (end: number): string => text(Int32Array.from(ids.slice(from, end)))
  const fresh = (): string => decode(ids.length).slice(decode(given).length)
  return {
    push(id) {
      ids.push(id)
      const words = fresh()
      if (words === '' || words.endsWith('\ufffd')) return ''
      from = given
      given = ids.length
      return words
    },
    end: fresh,
  }
}
