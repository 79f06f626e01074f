import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/temporary-folder.ts'
import { writeTinyModel, writeTinyTokenizer } from '../../test/tiny-model-folder.ts'
import { parseModelConfig } from '../config.ts'
import { loadLocalPolicy } from '../load-local-policy.ts'
import { SafetensorsFile } from '../load-safetensors.ts'
import { parameterShapes } from '../parameter-shapes.ts'
import { selectBackend } from '../select-backend.ts'
import { convertModelFolder } from './convert-model-folder.ts'

const folder = temporaryFolders()

const STORED: Readonly<Record<string, string>> = {
  float32: 'F32',
  bfloat16: 'BF16',
  float16: 'F16',
}

async function jsonOf(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
}

/**
 * What the loaders of transformers and vLLM would stumble over. vLLM takes the class from
 * `architectures` and the type from `dtype`; of several files it reads those that the index names;
 * it raises for a name that the class does not have, and for a parameter that no file has; a tied
 * head must not be stored under a name of its own; it samples as `generation_config.json` says.
 * transformers refuses a file whose header lacks `format: pt`.
 */
async function violations(directory: string): Promise<string[]> {
  const found: string[] = []
  const names = await readdir(directory)
  const config = await jsonOf(join(directory, 'config.json'))
  const { model_type: type, dtype = config.torch_dtype } = config
  const architectures = (config.architectures as string[] | undefined)?.join()
  const classes = {
    llama: 'LlamaForCausalLM',
    qwen2: 'Qwen2ForCausalLM',
    qwen3: 'Qwen3ForCausalLM',
  }
  if (architectures !== classes[type as 'llama']) found.push(`architectures ${architectures}`)
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'])
    if (!names.includes(name)) found.push(`no ${name}`)
  const files = names.filter((name) => name.endsWith('.safetensors'))
  const wanted = parameterShapes(parseModelConfig(config))
  const places = new Map<string, string>()
  let bytes = 0
  for (const name of files) {
    await using file = await SafetensorsFile.open(join(directory, name))
    if (file.header.metadata.format !== 'pt') found.push(`${name}: format`)
    for (const [tensor, { type, shape, start, end }] of file.header.tensors) {
      if (places.has(tensor)) found.push(`${tensor} twice`)
      if (wanted.get(tensor)?.join() !== shape.join()) found.push(`${tensor} [${shape.join()}]`)
      if (type !== STORED[dtype as string]) found.push(`${tensor} of ${type}, not ${dtype}`)
      places.set(tensor, name)
      bytes += end - start
    }
  }
  for (const name of wanted.keys()) if (!places.has(name)) found.push(`no ${name}`)
  const indexed = names.includes('model.safetensors.index.json')
  if (indexed !== files.length > 1) found.push('index')
  if (!indexed && files[0] !== 'model.safetensors') found.push(files[0])
  if (!indexed) return found
  const index = await jsonOf(join(directory, 'model.safetensors.index.json'))
  expect(index).toEqual({
    metadata: { total_size: bytes },
    weight_map: Object.fromEntries(places),
  })
  return found
}

describe('folders that are written', () => {
  it('obey the rules of the loaders of transformers and vLLM, converted and saved by a policy', async () => {
    const home = await folder()
    await selectBackend('cpu')
    for (const [model_type, tie_word_embeddings] of [
      ['llama', false],
      ['qwen2', true],
      ['qwen3', true],
    ] as const) {
      const [from, sharded, saved] = ['model', 'sharded', 'saved'].map((name) =>
        join(home, model_type, name),
      )
      await writeTinyModel(from, { model_type, tie_word_embeddings, vocab_size: 264 })
      await writeTinyTokenizer(from)
      await convertModelFolder(from, sharded, { dtype: 'bf16', maxShardBytes: 30_000 })
      await using policy = await loadLocalPolicy(sharded)
      await policy.save(saved, { optimizer: false })
      expect({ [model_type]: await violations(sharded) }).toEqual({ [model_type]: [] })
      expect({ [model_type]: await violations(saved) }).toEqual({ [model_type]: [] })
      expect(await violations(from)).toEqual(['architectures undefined'])
    }
  })
})
