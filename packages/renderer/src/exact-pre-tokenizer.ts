/** A stage of `tokenizer.json` that cuts text into pieces. */
interface PreTokenizer {
  readonly type?: string
  readonly pretokenizers?: readonly PreTokenizer[]
  readonly individual_digits?: boolean
  readonly add_prefix_space?: boolean
  readonly use_regex?: boolean
}

/** GPT-2's pieces: contractions, words, numbers, signs, white space. */
const GPT2_PIECES =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

/**
 * The same stages, with those that `@huggingface/tokenizers` cuts otherwise than the original written
 * as regular expressions, which it reads as the original does. Its own `Digits` knows only 0 to 9,
 * where every number of Unicode counts (½, ², ३), and its `ByteLevel` takes JavaScript's white space,
 * which has U+FEFF and lacks U+0085.
 */
export function exactPreTokenizer(stage: unknown): unknown {
  const given = stage as PreTokenizer | null | undefined
  switch (given?.type) {
    case 'Sequence':
      return { ...given, pretokenizers: given.pretokenizers?.map(exactPreTokenizer) }
    case 'Digits':
      return splitBy(given.individual_digits ? '\\p{N}' : '\\p{N}+')
    case 'ByteLevel':
      // A prefix is put before the text is cut: that order cannot be written in stages.
      if (given.use_regex === false || given.add_prefix_space) return given
      return {
        type: 'Sequence',
        pretokenizers: [splitBy(GPT2_PIECES), { ...given, use_regex: false }],
      }
    default:
      return given
  }
}

function splitBy(expression: string): object {
  return { type: 'Split', pattern: { Regex: expression }, behavior: 'Isolated', invert: false }
}
