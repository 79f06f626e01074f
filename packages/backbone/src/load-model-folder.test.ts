import '@tensorflow/tfjs-backend-cpu'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isIcrlError } from '@icrl/core'
import { memory, setBackend, tensor, variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolders } from '../test/temporary-folder.ts'
import { loadModelFolder } from './load-model-folder.ts'
import { parameterShapes } from './parameter-shapes.ts'
import { saveModelFolder } from './save-model-folder.ts'

const golden = (name: string): string =>
  fileURLToPath(new URL(`../test/golden/${name}`, import.meta.url))
const folder = temporaryFolders()

async function copyOf(name: string): Promise<string> {
  const target = await folder()
  await cp(golden(name), target, { recursive: true })
  return target
}

async function editConfig(directory: string, change: Record<string, unknown>): Promise<void> {
  const path = join(directory, 'config.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }))
}

async function failureOf(directory: string): Promise<string> {
  const before = memory().numTensors
  const failure = await loadModelFolder(directory).then(
    () => 'none',
    (error: unknown) => (isIcrlError(error) ? `${error.code} ${error.message}` : String(error)),
  )
  expect(memory().numTensors).toBe(before)
  return failure
}

beforeAll(() => setBackend('cpu'))

describe('loadModelFolder', () => {
  it('puts the shards of an index together', async () => {
    const { config, parameters } = await loadModelFolder(golden('llama3'))
    expect([...parameters.keys()]).toEqual([...parameterShapes(config).keys()])
  })

  it('reads back what saveModelFolder wrote', async () => {
    const { config, parameters } = await loadModelFolder(golden('llama3'))
    const target = await folder()
    await saveModelFolder(target, config, parameters)
    const again = await loadModelFolder(target)
    expect(again.config).toEqual({ ...config, source: again.config.source })
    for (const [name, parameter] of parameters)
      expect(again.parameters.get(name)?.dataSync()).toEqual(parameter.dataSync())
  })

  it('names the folder without a config.json', async () => {
    const empty = await folder()
    expect(await failureOf(empty)).toContain(`missing-file ${join(empty, 'config.json')}`)
  })

  it('names a config.json that is not JSON', async () => {
    const target = await copyOf('qwen2')
    await writeFile(join(target, 'config.json'), '{')
    expect(await failureOf(target)).toMatch(/^corrupt-file .*config.json is not JSON/)
  })

  it('names a missing shard, and missing weights', async () => {
    const target = await copyOf('llama3')
    await rm(join(target, 'model-00002-of-00002.safetensors'))
    expect(await failureOf(target)).toMatch(/^missing-file .*model-00002-of-00002/)
    await rm(join(target, 'model.safetensors.index.json'))
    expect(await failureOf(target)).toMatch(/^missing-file .*model.safetensors:/)
  })

  it('refuses an index that names no files', async () => {
    const target = await copyOf('llama3')
    await writeFile(join(target, 'model.safetensors.index.json'), '{"weight_map":{"a":1}}')
    expect(await failureOf(target)).toContain('weight_map does not name files')
  })

  it('tells a vocabulary of another size from another shape', async () => {
    const target = await copyOf('qwen2')
    await editConfig(target, { vocab_size: 30 })
    expect(await failureOf(target)).toMatch(
      /^vocabulary-mismatch .*model.embed_tokens.weight has shape \[29, 16\], config.json says \[30, 16\]/,
    )
    await editConfig(target, { vocab_size: 29, intermediate_size: 32 })
    expect(await failureOf(target)).toMatch(/^invalid-shape .*mlp.gate_proj.weight/)
  })

  it('names a tensor that is missing and one that has no place', async () => {
    const target = await copyOf('qwen2')
    await editConfig(target, { tie_word_embeddings: false })
    expect(await failureOf(target)).toMatch(/^corrupt-file .*tensor lm_head.weight is missing/)
    await editConfig(target, { tie_word_embeddings: true, model_type: 'llama' })
    expect(await failureOf(target)).toMatch(
      /^unsupported .*tensor model.layers.0.self_attn.k_proj.bias has no place in this llama model/,
    )
  })

  it('ignores a tied head that is stored twice', async () => {
    const { config, parameters } = await loadModelFolder(golden('qwen2'))
    const target = await folder()
    await saveModelFolder(
      target,
      config,
      new Map([...parameters, ['lm_head.weight', variable(tensor([1, 2], [1, 2]))]]),
    )
    expect((await loadModelFolder(target)).parameters.has('lm_head.weight')).toBe(false)
  })
})
