import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError, runLayout } from '@icrl/core'
import { readJsonObject } from './read-json-object.ts'

/** The text of one token by its id; undefined for an id the vocabulary lacks. */
export type Vocabulary = (id: number) => string | undefined

interface TokenizerJson {
  readonly model?: {
    readonly type?: string
    readonly merges?: readonly unknown[]
    readonly vocab?: Readonly<Record<string, number>> | readonly (readonly [string, number])[]
  }
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[]
  readonly decoder?: unknown
  readonly pre_tokenizer?: unknown
}

/**
 * Reads the texts of single tokens from a `tokenizer.json`, for people to look at: byte-level BPE,
 * SentencePiece-like (`▁`) and word vocabularies. To decode a whole text use the renderer: here a
 * token that ends inside a character is shown as �.
 *
 * @throws `missing-file`, `corrupt-file`
 * @example
 * const text = await readVocabulary('runs/first/model/tokenizer.json')
 * console.log(text(17))
 */
export async function readVocabulary(file: string): Promise<Vocabulary> {
  let json: TokenizerJson
  try {
    json = JSON.parse(await readFile(file, 'utf8')) as TokenizerJson
  } catch (cause) {
    const missing = (cause as { code?: string }).code === 'ENOENT'
    throw new IcrlError(`${file} ${missing ? 'does not exist' : 'is not JSON'}.`, {
      code: missing ? 'missing-file' : 'corrupt-file',
      remedy: 'Give the tokenizer.json of the model that wrote the samples.',
      cause,
    })
  }
  return vocabularyOf(json)
}

/**
 * The vocabulary in a run folder's model or newest checkpoint, else that of the model the run began
 * with; undefined if there is none.
 *
 * @throws `corrupt-file`
 * @example
 * const text = await findVocabulary('runs/first')
 * console.log(text?.(17))
 */
export async function findVocabulary(directory: string): Promise<Vocabulary | undefined> {
  const entries = await readdir(directory, { recursive: true }).catch(() => [])
  const files = entries
    .map((entry) => entry.replaceAll('\\', '/'))
    .filter((entry) => /^(model|checkpoints)\/(.+\/)?tokenizer\.json$/.test(entry))
  const newest = files.sort().at(-1)
  const found = newest ?? (await startedFrom(directory))
  return found === undefined ? undefined : readVocabulary(join(directory, found))
}

/** The tokenizer of the model folder that the configuration names, relative to the run's. */
async function startedFrom(directory: string): Promise<string | undefined> {
  const stored = await readJsonObject<{
    readonly config?: { readonly model?: { readonly path?: unknown } }
  }>(runLayout(directory).config)
  const path = stored?.config?.model?.path
  if (typeof path !== 'string') return undefined
  const file = join(path, 'tokenizer.json')
  return existsSync(join(directory, file)) ? file : undefined
}

function vocabularyOf({
  model,
  added_tokens: added = [],
  decoder,
  pre_tokenizer: preTokenizer,
}: TokenizerJson): Vocabulary {
  const pieces = new Map<number, string>()
  const vocab = model?.vocab ?? {}
  if (Array.isArray(vocab))
    vocab.forEach(([piece]: readonly [string, number], id) => pieces.set(id, piece))
  else
    for (const [piece, id] of Object.entries(vocab as Record<string, number>)) pieces.set(id, piece)
  const special = new Map(added.map(({ id, content }) => [id, content]))
  const isByteLevel = JSON.stringify([decoder, preTokenizer]).includes('"ByteLevel"')
  const areWords =
    JSON.stringify(preTokenizer ?? null).includes('Whitespace') &&
    (model?.merges ?? []).length === 0
  return (id) => {
    const piece = pieces.get(id)
    if (special.has(id)) return special.get(id)
    if (piece === undefined) return undefined
    if (isByteLevel) return bytesToText(piece)
    return areWords ? ` ${piece}` : piece.replaceAll('▁', ' ')
  }
}

const UTF8 = new TextDecoder('utf-8')

/**
 * Undoes the byte-level alphabet, in which printable bytes stand for themselves and the other 68
 * are written as U+0100 onwards.
 */
function bytesToText(piece: string): string {
  const bytes = Array.from(piece, (character) => BYTES.get(character.codePointAt(0)!) ?? -1)
  return bytes.includes(-1) ? piece : UTF8.decode(Uint8Array.from(bytes))
}

const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae

const BYTES: ReadonlyMap<number, number> = (() => {
  const all = Array.from({ length: 256 }, (_, byte) => byte)
  const hidden = all.filter((byte) => !isPrintable(byte))
  return new Map([
    ...all.filter(isPrintable).map((byte): [number, number] => [byte, byte]),
    ...hidden.map((byte, i): [number, number] => [0x100 + i, byte]),
  ])
})()
