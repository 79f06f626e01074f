import { Tokenizer } from '@huggingface/tokenizers'
import { IcrlError } from '@icrl/core'
import { exactPreTokenizer } from './exact-pre-tokenizer.ts'
import type { TokenizerFiles } from './tokenizer-files.ts'

/** Turns text into ids and back, and knows what a model folder says about conversations. */
export interface ChatTokenizer {
  /**
   * `[T]` ids of a text. Special tokens written out in the text become their ids; none are added.
   *
   * @throws `vocabulary-mismatch` naming a piece that has no id.
   */
  encode(text: string): Int32Array
  /** Text of ids, without special tokens; ids that the tokenizer does not know are left out. */
  decode(tokens: Int32Array): string
  /** The same with special tokens written out, as a prompt looks to the model. */
  spell(tokens: Int32Array): string
  /** Id of a token that is spelled so; undefined if the vocabulary has none. */
  tokenId(token: string): number | undefined
  /** True for a special token, which is not ordinary text. */
  isSpecial(id: number): boolean
  /** Jinja chat template, if the folder has one. */
  readonly template?: string
  /** `[ids]` ids that end a generation, as the files name them. */
  readonly stop: readonly number[]
  /** `bos_token`, `eos_token`…, which templates may mention. */
  readonly specialTokens: Readonly<Record<string, string>>
  /** Number of ids the model knows; at least as many as the tokenizer uses. */
  readonly vocabularySize: number
}

/**
 * Replaces the unknown token of a vocabulary that has none. It has no id either, so a character
 * outside the vocabulary is noticed instead of dropped.
 */
const UNKNOWN = '\u0000unknown'

/**
 * A tokenizer from parsed files, based on `@huggingface/tokenizers`; `loadTokenizer` reads them
 * from a folder.
 *
 * @throws `corrupt-file` if `tokenizer.json` is not a fast tokenizer, `vocabulary-mismatch` if it
 * has more ids than the model.
 * @example
 * import { createTokenizer, type TokenizerFiles } from '@icrl/renderer'
 * declare const tokenizer: TokenizerFiles['tokenizer']
 * console.log(createTokenizer({ tokenizer }).encode('Hello'))
 */
export function createTokenizer(files: TokenizerFiles): ChatTokenizer {
  const { tokenizer: json, tokenizerConfig = {}, generationConfig = {}, modelConfig = {} } = files
  const inner = innerTokenizer(json, tokenizerConfig)
  const special = new Set(
    [...inner.get_added_tokens_decoder()].flatMap(([id, { special }]) => (special ? [id] : [])),
  )
  const specialTokens = specialTokensOf(tokenizerConfig)
  return {
    encode: (text) => encode(inner, text),
    decode: (tokens) =>
      textOf(
        inner,
        Array.from(tokens).filter((id) => !special.has(id)),
      ),
    spell: (tokens) => textOf(inner, Array.from(tokens)),
    tokenId: (token) => inner.token_to_id(token),
    isSpecial: (id) => special.has(id),
    template: files.template ?? templateOf(tokenizerConfig.chat_template),
    stop: stopOf(inner, specialTokens.eos_token, [
      generationConfig.eos_token_id,
      modelConfig.eos_token_id,
    ]),
    specialTokens,
    vocabularySize: vocabularySizeOf(json, modelConfig.vocab_size),
  }
}

function innerTokenizer(
  json: TokenizerFiles['tokenizer'],
  config: Readonly<Record<string, unknown>>,
): Tokenizer {
  const model = json.model as Record<string, unknown> | undefined
  const dropsUnknown =
    model?.type === 'BPE' && (model.unk_token === null || model.unk_token === undefined)
  try {
    return new Tokenizer(
      {
        ...json,
        pre_tokenizer: exactPreTokenizer(json.pre_tokenizer),
        ...(dropsUnknown && { model: { ...model, unk_token: UNKNOWN } }),
      },
      config,
    )
  } catch (cause) {
    throw new IcrlError(
      `tokenizer.json: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        code: 'corrupt-file',
        remedy: 'Take the file from the model again; it must be a Hugging Face fast tokenizer.',
        cause,
      },
    )
  }
}

/** Ids that the tokenizer does not know are left out. */
function textOf(inner: Tokenizer, ids: readonly number[]): string {
  const known = ids.filter((id) => inner.id_to_token(id) !== undefined)
  return known.length === 0
    ? ''
    : inner.decode(known, { skip_special_tokens: false, clean_up_tokenization_spaces: false })
}

function encode(inner: Tokenizer, text: string): Int32Array {
  if (text === '') return new Int32Array(0)
  const { ids, tokens } = inner.encode(text, { add_special_tokens: false })
  const at = (ids as (number | undefined)[]).findIndex((id) => id === undefined)
  if (at < 0) return Int32Array.from(ids)
  const piece = tokens[at] === UNKNOWN ? 'a character' : `"${tokens[at]}"`
  throw new IcrlError(
    `tokenizer: ${piece} in "${text.length > 80 ? `${text.slice(0, 80)}…` : text}" is not in the vocabulary.`,
    {
      code: 'vocabulary-mismatch',
      remedy:
        'Use words of the vocabulary, or a tokenizer that covers every text (byte-level BPE).',
    },
  )
}

function specialTokensOf(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = Object.entries(config).filter(([name]) => name.endsWith('_token'))
  return Object.fromEntries(
    named.flatMap(([name, token]) => {
      const text =
        typeof token === 'object' && token !== null && 'content' in token ? token.content : token
      return typeof text === 'string' ? [[name, text]] : []
    }),
  )
}

/** The template; of several the one named `default`, else the first. */
function templateOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return undefined
  const chosen = value.find((entry) => entry?.name === 'default') ?? value[0]
  return typeof chosen?.template === 'string' ? chosen.template : undefined
}

function stopOf(
  inner: Tokenizer,
  eosToken: string | undefined,
  configured: readonly unknown[],
): number[] {
  const eos = eosToken === undefined ? undefined : inner.token_to_id(eosToken)
  const ids = [eos, ...configured.flat()].filter(
    (id): id is number => typeof id === 'number' && Number.isInteger(id) && id >= 0,
  )
  return [...new Set(ids)]
}

function vocabularySizeOf(json: TokenizerFiles['tokenizer'], modelSize: unknown): number {
  const { vocab = {} } = (json.model ?? {}) as { vocab?: Record<string, number> | unknown[] }
  const added = (json.added_tokens ?? []) as { id: number }[]
  let size = Array.isArray(vocab) ? vocab.length : 0
  if (!Array.isArray(vocab)) for (const id of Object.values(vocab)) size = Math.max(size, id + 1)
  for (const { id } of added) size = Math.max(size, id + 1)
  if (typeof modelSize !== 'number') return size
  if (modelSize >= size) return modelSize
  throw new IcrlError(`tokenizer.json has ${size} ids, config.json allows ${modelSize}.`, {
    code: 'vocabulary-mismatch',
    remedy: 'Use the tokenizer the model was trained with.',
  })
}
