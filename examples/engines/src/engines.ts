import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { tinkerPolicy } from '@icrl/engines'
import { loadTokenizer } from '@icrl/renderer'
import type { PolicyFactory } from 'icrl'

/** LoRA as SkyRL makes it: attention and MLP, alpha 32. */
const ADAPTER = { rank: 16, alpha: 32 }

/** An adapter over the model in a folder, in this process. */
export function local(folder: string): PolicyFactory {
  return async ({ seed }) => {
    await selectBackend('auto')
    const policy = await loadLocalPolicy(folder, { adapter: { ...ADAPTER, seed } })
    const { contextLength } = policy.config
    const tokenizer = await loadTokenizer(folder)
    return { policy, tokenizer, contextLength, description: { folder, ...ADAPTER } }
  }
}

/**
 * The same adapter on a Tinker server that serves the model under the folder's name; the folder
 * itself is read for its tokenizer and sizes alone.
 */
export function remote(folder: string, url: string): PolicyFactory {
  return async ({ seed }) => {
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))
    const contextLength: number = config.max_position_embeddings
    const model = basename(resolve(folder))
    const policy = await tinkerPolicy({
      url,
      apiKey: process.env.TINKER_API_KEY,
      model,
      vocabularySize: config.vocab_size,
      contextLength,
      rank: ADAPTER.rank,
      seed,
    })
    const tokenizer = await loadTokenizer(folder)
    return { policy, tokenizer, contextLength, description: { model, url, ...ADAPTER } }
  }
}
