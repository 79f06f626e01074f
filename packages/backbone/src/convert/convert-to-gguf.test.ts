import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readGguf } from '../../test/read-gguf.ts'
import { temporaryFolders } from '../../test/temporary-folder.ts'
import {
  TINY,
  tinyTokenizer,
  writeTinyModel,
  writeTinyTokenizer,
} from '../../test/tiny-model-folder.ts'
import { decodeFloats } from '../decode-floats.ts'
import { encodeFloats } from '../encode-floats.ts'
import { convertToGguf, type ConvertToGgufOptions } from './convert-to-gguf.ts'
import { encodeQ8 } from './encode-q8.ts'

const folder = temporaryFolders()

type Settings = Readonly<Record<string, unknown>>

/** A small model with its tokenizer, as a GGUF file. */
async function converted(
  settings: Settings = {},
  options: ConvertToGgufOptions = {},
  tokenizer: Settings = {},
) {
  const home = await folder()
  const model = join(home, 'model')
  const { weights } = await writeTinyModel(model, settings)
  await writeTinyTokenizer(model, tokenizer)
  const path = join(home, 'model.gguf')
  const written = await convertToGguf(model, path, options)
  return { ...(await readGguf(path)), weights, home, written, size: (await readFile(path)).length }
}

/** The bytes of a tensor as numbers, for F16 and F32. */
const numbersOf = ({ bytes, type }: { bytes: Uint8Array; type: number }): number[] => [
  ...decodeFloats(Uint8Array.from(bytes), type === 1 ? 'F16' : 'F32'),
]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('convertToGguf', () => {
  it('names tensors and sizes as llama.cpp does, and stores matrices in the type asked for', async () => {
    const { metadata, tensors, weights, written, size } = await converted(
      {},
      { quantization: 'q8_0' },
    )
    expect(written).toEqual({ bytes: size, tensors: 21 })
    expect(Object.fromEntries(metadata)).toMatchObject({
      'general.architecture': 'llama',
      'general.name': 'model',
      'general.file_type': 7,
      'llama.block_count': 2,
      'llama.context_length': 256,
      'llama.embedding_length': 32,
      'llama.feed_forward_length': 96,
      'llama.attention.head_count': 4,
      'llama.attention.head_count_kv': 2,
      'llama.attention.key_length': 16,
      'llama.attention.layer_norm_rms_epsilon': Math.fround(1e-5),
      'llama.rope.freq_base': 10_000,
      'llama.vocab_size': 264,
    })
    const gate = tensors.get('blk.1.ffn_gate.weight')
    expect(gate).toMatchObject({ shape: [96, 32], type: 8 })
    expect(hex(gate!.bytes)).toBe(
      hex(encodeQ8(weights.get('model.layers.1.mlp.gate_proj.weight')!, 'w')),
    )
    expect(tensors.get('output_norm.weight')?.type).toBe(0)
    expect([...tensors.keys()]).toContain('output.weight')
  })

  it('keeps attention and down projections in F16 beside Q8_0, and nothing where it is pure', async () => {
    const settings = { hidden_size: 64, intermediate_size: 64 }
    const matrices = async (quantization: 'q8_0' | 'q8_0_pure') => {
      const { tensors, metadata } = await converted(settings, { quantization })
      const types = [...tensors].flatMap(([name, { shape, type }]) =>
        shape.length === 2 && !name.startsWith('blk.1.') ? [[name, type] as const] : [],
      )
      return { ...Object.fromEntries(types), fileType: metadata.get('general.file_type') }
    }
    const [f16, q8] = [1, 8]
    const mixed = {
      'token_embd.weight': q8,
      'blk.0.attn_q.weight': f16,
      'blk.0.attn_k.weight': f16,
      'blk.0.attn_v.weight': f16,
      'blk.0.attn_output.weight': f16,
      'blk.0.ffn_gate.weight': q8,
      'blk.0.ffn_up.weight': q8,
      'blk.0.ffn_down.weight': f16,
      'output.weight': q8,
      fileType: 7,
    }
    expect(await matrices('q8_0')).toEqual(mixed)
    const all = Object.keys(mixed).map((name) => [name, name === 'fileType' ? 7 : q8])
    expect(await matrices('q8_0_pure')).toEqual(Object.fromEntries(all))
  })

  it('pairs the components that rotate together for llama, and leaves them for qwen', async () => {
    const query = 'model.layers.0.self_attn.q_proj.weight'
    for (const type of ['llama', 'qwen3', 'qwen2']) {
      const { tensors, weights } = await converted({ model_type: type }, { quantization: 'f16' })
      const given = numbersOf({
        bytes: encodeFloats(weights.get(query)!, 'F16', 'w'),
        type: 1,
      })
      const stored = numbersOf(tensors.get('blk.0.attn_q.weight')!)
      const row = (values: number[], at: number): number[] => values.slice(32 * at, 32 * (at + 1))
      // Rows 2 and 3 of the second head (rows 16 to 31) are its components 1 and 1 + 8.
      const pair = type === 'llama' ? [17, 25] : [18, 19]
      expect([row(stored, 18), row(stored, 19)]).toEqual(pair.map((at) => row(given, at)))
      expect(stored.toSorted()).toEqual(given.toSorted())
    }
  })

  it('leaves out a tied head, and falls back to F16 where blocks do not fit', async () => {
    const settings = { model_type: 'qwen2', tie_word_embeddings: true, intermediate_size: 80 }
    const { tensors } = await converted(settings, { quantization: 'q8_0_pure' })
    expect([...tensors.keys()]).not.toContain('output.weight')
    expect(tensors.get('blk.0.ffn_up.weight')?.type).toBe(8)
    expect(tensors.get('blk.0.ffn_down.weight')?.type).toBe(1)
    expect(tensors.get('blk.0.attn_q.bias')?.type).toBe(0)
  })

  it('says rotary scalings in the words of llama.cpp', async () => {
    const scaled = async (settings: Settings): Promise<Record<string, unknown>> => {
      const { metadata, tensors } = await converted(settings)
      const about = [...metadata].filter(([key]) => key.includes('.rope.'))
      const factors = tensors.get('rope_freqs.weight')
      return { ...Object.fromEntries(about), ...(factors && { factors: numbersOf(factors) }) }
    }
    expect(await scaled({ rope_scaling: { rope_type: 'linear', factor: 4 } })).toEqual({
      'llama.rope.dimension_count': 16,
      'llama.rope.freq_base': 10_000,
      'llama.rope.scaling.type': 'linear',
      'llama.rope.scaling.factor': 4,
    })
    const yarn = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 64 }
    expect(await scaled({ model_type: 'qwen3', rope_scaling: yarn })).toMatchObject({
      'qwen3.rope.scaling.type': 'yarn',
      'qwen3.rope.scaling.factor': 4,
      'qwen3.rope.scaling.original_context_length': 64,
      'qwen3.rope.scaling.attn_factor': 1,
    })
    const llama3 = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    }
    const { factors } = await scaled({ rope_scaling: llama3 })
    // Components 0 to 2 turn 10.2, 3.2 and 1.02 times in 64 tokens; between 4 and 1 is blended.
    expect((factors as number[]).map((factor) => Number(factor.toFixed(3)))).toEqual([
      1, 1.294, 7.667, 8, 8, 8, 8, 8,
    ])
    await expect(scaled({ model_type: 'qwen2', rope_scaling: llama3 })).rejects.toThrow(
      'llama.cpp has no place for llama3 scaling in a qwen2 model',
    )
    await expect(scaled({ rope_scaling: { ...yarn, beta_fast: 16 } })).rejects.toThrow(
      'yarn scaling with a beta_fast other than 32',
    )
    await expect(scaled({ model_type: 'qwen3', attention_bias: true })).rejects.toThrow(
      'biases of the attention in a qwen3 model',
    )
  })

  it('takes tokenizer, template and stop tokens along', async () => {
    const { metadata, home } = await converted({}, { modelfile: true })
    const tokens = metadata.get('tokenizer.ggml.tokens') as string[]
    expect(tokens.slice(254)).toEqual([
      ...tokens.slice(254, 256),
      'th',
      'the',
      'Ġthe',
      '<|endoftext|>',
      '<|im_start|>',
      '<|im_end|>',
      '<think>',
      '[PAD263]',
    ])
    expect((metadata.get('tokenizer.ggml.token_type') as number[]).slice(257)).toEqual([
      1, 1, 3, 3, 3, 4, 5,
    ])
    expect(Object.fromEntries(metadata)).toMatchObject({
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'smollm',
      'tokenizer.ggml.merges': ['t h', 'th e', 'Ġ the'],
      'tokenizer.ggml.bos_token_id': 260,
      'tokenizer.ggml.eos_token_id': 261,
      'tokenizer.ggml.padding_token_id': 259,
      'tokenizer.ggml.eot_token_id': 261,
      'tokenizer.ggml.add_bos_token': false,
      'tokenizer.chat_template': expect.stringContaining('<|im_start|>{{ m.role }}'),
    })
    expect(await readFile(join(home, 'model.Modelfile'), 'utf8')).toBe(
      'FROM ./model.gguf\nPARAMETER temperature 0.7\nPARAMETER top_p 0.9\nPARAMETER stop "<|im_end|>"\nPARAMETER stop "<|endoftext|>"\n',
    )
  })

  it('finds the pre-tokenizer by what it does, and refuses one without a name', async () => {
    const split = (pattern: string): Settings => ({
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    })
    const words = (digits: string): string =>
      String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    const template = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<|im_start|>', type_id: 0 } }, { Sequence: { id: 'A' } }],
    }
    const { model } = tinyTokenizer()
    const names = async (tokenizer: Settings): Promise<unknown[]> => {
      const { metadata } = await converted({}, {}, tokenizer)
      return ['pre', 'add_bos_token'].map((key) => metadata.get(`tokenizer.ggml.${key}`))
    }
    expect(
      await names({ pre_tokenizer: split(words('\\p{N}')), normalizer: { type: 'NFC' } }),
    ).toEqual(['qwen2', false])
    const llama3 = { ...(model as object), ignore_merges: true }
    expect(
      await names({
        pre_tokenizer: split(words('\\p{N}{1,3}')),
        model: llama3,
        post_processor: { type: 'Sequence', processors: [{ type: 'ByteLevel' }, template] },
      }),
    ).toEqual(['llama-bpe', true])
    const refused: [Settings, string][] = [
      [
        { pre_tokenizer: split('x') },
        'a pre-tokenizer that splits by x, for which this package knows no name',
      ],
      [{ pre_tokenizer: split(words('\\p{N}')), model: llama3 }, 'with ignore_merges'],
      [{ pre_tokenizer: { type: 'Metaspace' } }, 'a pre-tokenizer without ByteLevel'],
      [{ model: { type: 'WordLevel', vocab: {} } }, 'has a model of type "WordLevel"'],
      [{ normalizer: { type: 'NFKC' } }, 'a normalizer of type "NFKC"'],
      [{ model: { ...(model as object), byte_fallback: true } }, 'byte_fallback'],
    ]
    for (const [tokenizer, message] of refused)
      await expect(names(tokenizer)).rejects.toThrow(message)
  })

  it('leaves nothing behind: bad weights, a file that is there, a tokenizer that is too large', async () => {
    const home = await folder()
    const model = join(home, 'model')
    const convert = (name: string, options: ConvertToGgufOptions): Promise<unknown> =>
      convertToGguf(model, join(home, name), options)
    await writeTinyModel(model, {}, 'F32', (weights) => {
      weights.get('model.layers.1.mlp.up_proj.weight')![5] = NaN
      weights.get('lm_head.weight')![3] = 1e5
    })
    await writeTinyTokenizer(model)
    await expect(convert('nan.gguf', { quantization: 'f16' })).rejects.toMatchObject({
      code: 'non-finite',
      message: expect.stringContaining('tensor model.layers.1.mlp.up_proj.weight: number 5 is NaN'),
    })
    await writeTinyModel(model, {}, 'F32', (weights) => {
      weights.get('lm_head.weight')![3] = 1e5
    })
    await expect(convert('large.gguf', { quantization: 'f16' })).rejects.toThrow(
      'tensor lm_head.weight: number 3 is 100000, more than F16 can hold',
    )
    await writeFile(join(home, 'there.gguf'), '')
    await expect(convert('there.gguf', {})).rejects.toThrow('there.gguf exists already')
    await writeTinyModel(model, { ...TINY, vocab_size: 262 })
    await expect(convert('ids.gguf', {})).rejects.toMatchObject({ code: 'vocabulary-mismatch' })
    expect((await readdir(home)).toSorted()).toEqual(['model', 'there.gguf'])
  })

  it.skipIf(process.platform !== 'linux')('names a disk that gets full', async () => {
    const home = await folder()
    const model = join(home, 'model')
    await writeTinyModel(model)
    await writeTinyTokenizer(model)
    await symlink('/dev/full', join(home, `a.gguf.${process.pid}.part`))
    await expect(convertToGguf(model, join(home, 'a.gguf'))).rejects.toThrow(
      /a\.gguf: the disk is full; it needs 0\.1 MB/,
    )
    expect(await readdir(home)).toEqual(['model'])
  })
})
