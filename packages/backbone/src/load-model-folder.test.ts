import '@tensorflow/tfjs-backend-cpu'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isIcrlError } from '@icrl/core'
import { memory, mul, setBackend, tensor, variable, type Variable } from '@tensorflow/tfjs-core'
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
    expect(await failureOf(target)).toMatch(/^corrupt-file .*config.json is not JSON in UTF-8/)
    await writeFile(join(target, 'config.json'), Buffer.from('{"a":"\xe9"}', 'latin1'))
    expect(await failureOf(target)).toMatch(/^corrupt-file .*config.json is not JSON in UTF-8/)
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
    expect(await failureOf(target)).toMatch(
      /^corrupt-file .*tensor lm_head.weight is missing, and config.json ties no embeddings/,
    )
    await editConfig(target, { tie_word_embeddings: true, model_type: 'llama' })
    expect(await failureOf(target)).toMatch(
      /^unsupported .*tensor model.layers.0.self_attn.k_proj.bias has no place in this llama model/,
    )
  })

  /** Writes a folder again with other tensors: stored names, and what they hold. */
  async function rewritten(
    name: string,
    change: (tensors: Map<string, Variable>) => Iterable<readonly [string, Variable]>,
    options: Record<string, unknown> = {},
  ): Promise<string> {
    const { config, parameters } = await loadModelFolder(golden(name))
    const target = await folder()
    await saveModelFolder(target, config, new Map(change(parameters)))
    await editConfig(target, options)
    return target
  }

  it('passes over a tied head that is stored twice', async () => {
    const target = await rewritten('qwen2', (tensors) => [
      ...tensors,
      ['lm_head.weight', tensors.get('model.embed_tokens.weight') as Variable],
    ])
    const { config, parameters } = await loadModelFolder(target)
    expect([config.tiedEmbeddings, parameters.has('lm_head.weight')]).toEqual([true, false])
  })

  it('unties a head that is stored with other values, and says so when it is saved', async () => {
    const target = await rewritten('qwen2', (tensors) => {
      const embedding = tensors.get('model.embed_tokens.weight') as Variable
      return [...tensors, ['lm_head.weight', variable(mul(embedding, 2))]]
    })
    const { config, parameters } = await loadModelFolder(target)
    expect(config.tiedEmbeddings).toBe(false)
    const [embedding, head] = ['model.embed_tokens.weight', 'lm_head.weight'].map((name) =>
      parameters.get(name)!.dataSync(),
    )
    expect([...head]).toEqual([...embedding].map((value) => 2 * value))
    const again = await folder()
    await saveModelFolder(again, config, parameters)
    expect((await loadModelFolder(again)).config.tiedEmbeddings).toBe(false)
    await editConfig(again, { vocab_size: 30 })
    expect(await failureOf(again)).toMatch(/^vocabulary-mismatch/)
  })

  it('refuses a second head of another shape', async () => {
    const target = await rewritten('qwen2', (tensors) => [
      ...tensors,
      ['lm_head.weight', variable(tensor([1, 2], [1, 2]))],
    ])
    expect(await failureOf(target)).toMatch(/^invalid-shape .*lm_head.weight has shape \[1, 2\]/)
  })

  const named = (rename: (name: string) => string) => (tensors: Map<string, Variable>) =>
    [...tensors].map(([name, values]) => [rename(name), values] as const)

  const without = (left: string) => (tensors: Map<string, Variable>) =>
    [...tensors].filter(([name]) => name !== left)

  it.each<[string, (name: string) => string]>([
    ['without their prefix, as a base model has them', (name) => name.replace(/^model\./, '')],
    [
      'with the tied matrix as the head',
      (name) => name.replace('model.embed_tokens.weight', 'lm_head.weight'),
    ],
  ])('finds parameters %s', async (_, rename) => {
    const { parameters } = await loadModelFolder(await rewritten('qwen2', named(rename)))
    const original = await loadModelFolder(golden('qwen2'))
    expect([...parameters.keys()]).toEqual([...original.parameters.keys()])
    for (const [name, values] of original.parameters)
      expect(parameters.get(name)!.dataSync()).toEqual(values.dataSync())
  })

  it('refuses a tied model that stores neither name of its matrix', async () => {
    const target = await rewritten('qwen2', without('model.embed_tokens.weight'))
    expect(await failureOf(target)).toMatch(/^corrupt-file .*embed_tokens.weight is missing/)
  })

  it('refuses a parameter that is stored under both names', async () => {
    const target = await rewritten('qwen2', (tensors) => [
      ...tensors,
      ['norm.weight', tensors.get('model.norm.weight') as Variable],
    ])
    expect(await failureOf(target)).toMatch(/^unsupported .*tensor norm.weight has no place/)
  })

  /** Adds a tensor of any type to a folder's only file. */
  async function add(
    target: string,
    name: string,
    dtype: string,
    bytes: number,
    shape = [1],
  ): Promise<void> {
    const path = join(target, 'model.safetensors')
    const file = await readFile(path)
    const length = Number(file.readBigUInt64LE(0))
    const header = JSON.parse(file.toString('utf8', 8, 8 + length))
    const end = file.length - 8 - length
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] }
    const json = Buffer.from(JSON.stringify(header))
    const prefix = Buffer.alloc(8)
    prefix.writeBigUInt64LE(BigInt(json.length))
    await writeFile(
      path,
      Buffer.concat([prefix, json, file.subarray(8 + length), Buffer.alloc(bytes)]),
    )
  }

  it.each([
    ['model.layers.0.self_attn.num_batches', 'I64', 8],
    ['model.layers.0.self_attn.masked', 'BOOL', 1],
    ['model.rotary_emb.inv_freq', 'F64', 8],
    ['model.rotary_emb.inv_freq', 'F32', 4],
    ['rotary_emb.cos_cached', 'BF16', 2],
    ['statistics', 'F64', 8],
  ])('passes over %s of %s, which the model does not use', async (name, dtype, bytes) => {
    const target = await copyOf('qwen2')
    await add(target, name, dtype, bytes)
    const { parameters } = await loadModelFolder(target)
    expect(parameters.has(name)).toBe(false)
  })

  it('names a parameter that is stored as no type that is read', async () => {
    const target = await rewritten('qwen2', without('model.norm.weight'))
    await add(target, 'model.norm.weight', 'I64', 128, [16])
    expect(await failureOf(target)).toMatch(/^unsupported .*model.norm.weight is stored as "I64"/)
  })

  it('refuses a tensor that two shards hold, and a shard outside the folder', async () => {
    const target = await copyOf('llama3')
    await cp(
      join(target, 'model-00001-of-00002.safetensors'),
      join(target, 'model-00003-of-00002.safetensors'),
    )
    const index = join(target, 'model.safetensors.index.json')
    const { weight_map } = JSON.parse(await readFile(index, 'utf8'))
    const more = (file: string): string =>
      JSON.stringify({ weight_map: { ...weight_map, further: file } })
    await writeFile(index, more('model-00003-of-00002.safetensors'))
    expect(await failureOf(target)).toMatch(/^corrupt-file .*is stored in .*, too/)
    await writeFile(index, more('../model.safetensors'))
    expect(await failureOf(target)).toMatch(/^corrupt-file .*is no file of this folder/)
  })
})
