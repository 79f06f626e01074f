import '@tensorflow/tfjs-backend-cpu'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setBackend } from '@tensorflow/tfjs-core'
import { testPolicy } from '@icrl/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { parseModelConfig } from './config.ts'
import { initialiseModel } from './initialise-model.ts'
import { LocalPolicy } from './local-policy.ts'

const vocabularySize = 24
const config = parseModelConfig({
  model_type: 'qwen3', hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, head_dim: 4,
  intermediate_size: 24, vocab_size: vocabularySize, max_position_embeddings: 64, tie_word_embeddings: true, initializer_range: 0.3,
})
const folders: string[] = []
const directory = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'icrl-backbone-'))
  folders.push(folder)
  return folder
}

beforeAll(() => setBackend('cpu'))
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

describe('LocalPolicy on cpu', () => {
  const create = async (): Promise<LocalPolicy> => new LocalPolicy(config, initialiseModel(config, 0))
  for (const { name, run } of testPolicy(create, { vocabularySize, directory })) it(name, run)
})
