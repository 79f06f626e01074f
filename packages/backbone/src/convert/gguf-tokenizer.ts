import { IcrlError } from '@icrl/core'
import { preTokenizerName } from './pre-tokenizer.ts'
import { stopIds, type TokenizerFolder } from './read-tokenizer-folder.ts'
import { bool, type GgufValue, int32s, text, texts, uint32 } from './write-gguf.ts'

/** Kinds of tokens, as llama.cpp numbers them. */
const KIND = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const

/** What a `tokenizer.json` says, as far as it matters here. */
interface TokenizerJson {
  readonly model?: {
    readonly type?: unknown
    readonly vocab?: Readonly<Record<string, number>>
    readonly merges?: readonly (string | readonly [string, string])[]
    readonly ignore_merges?: boolean | null
    readonly byte_fallback?: boolean | null
    readonly continuing_subword_prefix?: string | null
    readonly end_of_word_suffix?: string | null
  }
  readonly added_tokens?: readonly { id: number; content: string; special: boolean }[]
  readonly normalizer?: unknown
  readonly pre_tokenizer?: unknown
  readonly post_processor?: unknown
}

/**
 * A tokenizer as GGUF metadata: byte-level BPE, which llama.cpp calls `gpt2`.
 *
 * Unicode normalization (NFC, of Qwen) is not part of the format: text that is not in that form is
 * tokenized differently by llama.cpp.
 *
 * @throws IcrlError `unsupported` for another kind of tokenizer, `vocabulary-mismatch` for more ids
 * than the model has, `corrupt-file` for a vocabulary that contradicts itself
 */
export function ggufTokenizer(
  folder: TokenizerFolder,
  vocabularySize: number,
): Map<string, GgufValue> {
  const { where } = folder
  const json = folder.tokenizer as TokenizerJson
  requireByteLevelBpe(json, where)
  const pre = preTokenizerName(json.pre_tokenizer, json.model?.ignore_merges ?? false, where)
  const vocabulary = vocabularyOf(json, vocabularySize, where)
  const metadata = new Map<string, GgufValue>([
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text(pre)],
    ['tokenizer.ggml.tokens', texts(vocabulary.tokens)],
    ['tokenizer.ggml.token_type', int32s(vocabulary.kinds)],
    ['tokenizer.ggml.merges', texts(mergesOf(json, where))],
  ])
  for (const [key, id] of Object.entries(specialIds(folder, vocabulary)))
    metadata.set(`tokenizer.ggml.${key}_token_id`, uint32(id))
  metadata.set('tokenizer.ggml.add_bos_token', bool(adds('bos', json, folder)))
  metadata.set('tokenizer.ggml.add_eos_token', bool(adds('eos', json, folder)))
  const { default: template, ...named } = folder.templates
  if (template !== undefined) metadata.set('tokenizer.chat_template', text(template))
  for (const [name, other] of Object.entries(named))
    metadata.set(`tokenizer.chat_template.${name}`, text(other))
  if (Object.keys(named).length > 0)
    metadata.set('tokenizer.chat_templates', texts(Object.keys(named)))
  return metadata
}

function requireByteLevelBpe({ model = {}, normalizer }: TokenizerJson, where: string): void {
  const type = (normalizer as { type?: unknown } | null | undefined)?.type
  const unsupported: [boolean, string][] = [
    [model.type !== 'BPE', `a model of type ${JSON.stringify(model.type)}`],
    [model.byte_fallback === true, 'byte_fallback (a SentencePiece vocabulary)'],
    [Boolean(model.continuing_subword_prefix), 'continuing_subword_prefix'],
    [Boolean(model.end_of_word_suffix), 'end_of_word_suffix'],
    [type !== undefined && type !== 'NFC', `a normalizer of type ${JSON.stringify(type)}`],
  ]
  const found = unsupported.find(([present]) => present)
  if (found)
    throw new IcrlError(`${where} has ${found[1]}; only byte-level BPE is written to GGUF files.`, {
      code: 'unsupported',
      remedy: 'Keep the model as a Hugging Face folder.',
    })
}

interface Vocabulary {
  /** By id, up to the model's size. */
  readonly tokens: readonly string[]
  readonly kinds: readonly number[]
  idOf(token: string | undefined): number | undefined
}

/** Ids that no token has are filled as llama.cpp's own script fills them. */
function vocabularyOf(json: TokenizerJson, size: number, where: string): Vocabulary {
  const tokens: string[] = []
  const kinds: number[] = []
  const ids = new Map<string, number>()
  const add = (token: string, id: number, kind: number): void => {
    if (tokens[id] !== undefined && tokens[id] !== token)
      throw new IcrlError(`${where}: ${JSON.stringify([tokens[id], token])} have the id ${id}.`, {
        code: 'corrupt-file',
        remedy: 'Take the file from the model again.',
      })
    ;[tokens[id], kinds[id]] = [token, kind]
    ids.set(token, id)
  }
  for (const [token, id] of Object.entries(json.model?.vocab ?? {})) add(token, id, KIND.normal)
  for (const { id, content, special } of json.added_tokens ?? [])
    add(content, id, special || looksSpecial(content) ? KIND.control : KIND.userDefined)
  if (tokens.length > size)
    throw new IcrlError(`${where} has ${tokens.length} ids, config.json allows ${size}.`, {
      code: 'vocabulary-mismatch',
      remedy: 'Use the tokenizer the model was trained with.',
    })
  return {
    tokens: Array.from({ length: size }, (_, id) => tokens[id] ?? `[PAD${id}]`),
    kinds: Array.from({ length: size }, (_, id) => kinds[id] ?? KIND.unused),
    idOf: (token) => (token === undefined ? undefined : ids.get(token)),
  }
}

/** Markup that a tokenizer does not call special, such as Qwen’s `<|fim_prefix|>`. */
function looksSpecial(token: string): boolean {
  return /^(<\|.*\|>|<｜.*｜>)$/.test(token)
}

function mergesOf({ model }: TokenizerJson, where: string): string[] {
  return (model?.merges ?? []).map((merge) => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge
    if (pair.length === 2 && !pair.some((part) => part === '' || part.includes(' ')))
      return pair.join(' ')
    throw new IcrlError(`${where}: the merge ${JSON.stringify(merge)} is not of two tokens.`, {
      code: 'corrupt-file',
      remedy: 'Take the file from the model again.',
    })
  })
}

/** Ids of `bos`, `eos`, `pad`, `unknown`, and of `eot`, the stop token that a template writes. */
function specialIds(
  folder: TokenizerFolder,
  { idOf, tokens }: Vocabulary,
): Readonly<Record<string, number>> {
  const { specialTokens, generation, templates } = folder
  const stop = stopIds(folder)
  const named = {
    bos: idOf(specialTokens.bos_token) ?? generation.bos_token_id,
    eos: idOf(specialTokens.eos_token) ?? stop[0],
    unknown: idOf(specialTokens.unk_token),
    padding: idOf(specialTokens.pad_token) ?? generation.pad_token_id,
    eot: [idOf(specialTokens.eos_token), ...stop].find(
      (id) => id !== undefined && templates.default?.includes(tokens[id]),
    ),
  }
  return Object.fromEntries(
    Object.entries(named).filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
  )
}

/** Whether plain text gets the token in front (`bos`) or behind (`eos`), as transformers adds it. */
function adds(which: 'bos' | 'eos', json: TokenizerJson, folder: TokenizerFolder): boolean {
  const template = processorsOf(json.post_processor).find(
    ({ type }) => type === 'TemplateProcessing',
  )
  if (template === undefined) return folder.asksFor[`add_${which}_token`] === true
  const place = which === 'bos' ? 0 : -1
  return template.single?.at(place)?.SpecialToken?.id === folder.specialTokens[`${which}_token`]
}

interface Processor {
  readonly type?: unknown
  readonly single?: readonly { readonly SpecialToken?: { readonly id: string } }[]
}

function processorsOf(json: unknown): readonly Processor[] {
  const processor = (json ?? {}) as Processor & { processors?: readonly unknown[] }
  return processor.type === 'Sequence'
    ? (processor.processors ?? []).flatMap(processorsOf)
    : [processor]
}
