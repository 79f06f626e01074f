import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/temporary-folder.ts'
import { writeTinyModel, writeTinyTokenizer } from '../../test/tiny-model-folder.ts'
import { decodeFloats } from '../decode-floats.ts'
import { encodeFloats } from '../encode-floats.ts'
import { SafetensorsFile } from '../load-safetensors.ts'
import { saveSafetensors } from '../save-safetensors.ts'
import { convertModelFolder } from './convert-model-folder.ts'

const folder = temporaryFolders()

async function jsonOf(...path: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as Record<string, unknown>
}

/** Every weight of a folder as float32. */
async function weightsOf(directory: string): Promise<Map<string, Float32Array>> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.safetensors'))
  const weights = new Map<string, Float32Array>()
  for (const name of files.toSorted()) {
    await using file = await SafetensorsFile.open(join(directory, name))
    for (const tensor of file.header.tensors.keys()) weights.set(tensor, await file.read(tensor))
  }
  return weights
}

describe('convertModelFolder', () => {
  it('rounds once, shards by size, keeps config and companions in step', async () => {
    const home = await folder()
    const [from, to, back] = ['model', 'bf16', 'back'].map((name) => join(home, name))
    const { weights } = await writeTinyModel(from)
    await writeTinyTokenizer(from)
    const written = await convertModelFolder(from, to, { dtype: 'bf16', maxShardBytes: 32_000 })
    expect(await readdir(to)).toEqual([
      'config.json',
      'generation_config.json',
      'model-00001-of-00004.safetensors',
      'model-00002-of-00004.safetensors',
      'model-00003-of-00004.safetensors',
      'model-00004-of-00004.safetensors',
      'model.safetensors.index.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    const index = await jsonOf(to, 'model.safetensors.index.json')
    expect(index.metadata).toEqual({ total_size: written.bytes })
    expect(Object.keys(index.weight_map as object)).toEqual([...weights.keys()])
    expect(await jsonOf(to, 'config.json')).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      torch_dtype: 'bfloat16',
      tie_word_embeddings: false,
    })
    const rounded = [...weights].map(([name, values]) => [
      name,
      decodeFloats(encodeFloats(values, 'BF16', name), 'BF16'),
    ])
    expect(await weightsOf(to)).toEqual(new Map(rounded as [string, Float32Array][]))
    // Stored types stay without a dtype, and float32 holds bf16 exactly.
    await convertModelFolder(to, back)
    expect(await jsonOf(back, 'config.json')).toMatchObject({ torch_dtype: 'bfloat16' })
    expect(await weightsOf(back)).toEqual(await weightsOf(to))
  })

  it('stores a tied head once, and names the type where the source does', async () => {
    const home = await folder()
    const [from, to] = ['model', 'out'].map((name) => join(home, name))
    const { config, weights } = await writeTinyModel(from, {
      tie_word_embeddings: true,
      torch_dtype: undefined,
      dtype: 'float32',
    })
    const twice = new Map([
      ...weights,
      ['lm_head.weight', weights.get('model.embed_tokens.weight')!],
    ])
    const { vocabularySize, hiddenSize } = config
    await using file = await SafetensorsFile.open(join(from, 'model.safetensors'))
    const shapeOf = (name: string): readonly number[] =>
      file.header.tensors.get(name)?.shape ?? [vocabularySize, hiddenSize]
    await saveSafetensors(
      join(from, 'model.safetensors'),
      new Map(
        [...twice].map(([name, values]) => [
          name,
          { shape: shapeOf(name), read: async () => values },
        ]),
      ),
      {},
    )
    await convertModelFolder(from, to, { dtype: 'f16' })
    expect([...(await weightsOf(to)).keys()]).toEqual([...weights.keys()])
    const written = await jsonOf(to, 'config.json')
    expect(written).toMatchObject({ tie_word_embeddings: true, dtype: 'float16' })
    expect(written).not.toHaveProperty('torch_dtype')
  })

  it('leaves no folder: NaN in the last shard, a folder that is there, a disk too small', async () => {
    const home = await folder()
    const from = join(home, 'model')
    const to = join(home, 'out')
    await writeTinyModel(from, {}, 'BF16', (weights) =>
      weights.get('lm_head.weight')!.fill(NaN, 9, 10),
    )
    await expect(convertModelFolder(from, to, { maxShardBytes: 20_000 })).rejects.toMatchObject({
      code: 'non-finite',
      message: expect.stringContaining('tensor lm_head.weight: number 9 is NaN'),
    })
    expect(await readdir(home)).toEqual(['model'])
    await expect(convertModelFolder(from, from)).rejects.toThrow('model exists already')
    // A sparse file that says it holds two terabytes.
    const rows = 2 ** 35
    const json = JSON.parse(await readFile(join(from, 'config.json'), 'utf8')) as object
    await writeFile(
      join(from, 'config.json'),
      JSON.stringify({ ...json, vocab_size: rows, tie_word_embeddings: true }),
    )
    await growEmbedding(join(from, 'model.safetensors'), rows)
    await expect(convertModelFolder(from, to)).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringMatching(/out needs 2199\.\d+ GB, the disk has .* GB free/),
    })
    expect(await readdir(home)).toEqual(['model'])
  })
})

/** Makes the embedding the last tensor of the file, with so many rows of zeros that no disk holds. */
async function growEmbedding(path: string, rows: number): Promise<void> {
  const bytes = await readFile(path)
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { shape: number[]; data_offsets: number[] }
  >
  const { 'lm_head.weight': _head, 'model.embed_tokens.weight': embedding, ...others } = header
  const size = bytes.length - 8 - length
  const [, first] = embedding.data_offsets
  for (const [name, entry] of Object.entries(others))
    if (name !== '__metadata__') entry.data_offsets = entry.data_offsets.map((at) => at - first)
  const end = size - 2 * first
  embedding.shape[0] = rows
  embedding.data_offsets = [end, end + rows * embedding.shape[1] * 2]
  const json = Buffer.from(JSON.stringify({ ...others, 'model.embed_tokens.weight': embedding }))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  await writeFile(path, Buffer.concat([prefix, json]))
  const file = await open(path, 'r+')
  await file.truncate(8 + json.length + embedding.data_offsets[1])
  await file.close()
  expect((await stat(path)).size).toBeGreaterThan(2e12)
}
