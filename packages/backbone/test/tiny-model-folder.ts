import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomStream } from '@icrl/core'
import { type ModelConfig, parseModelConfig } from '../src/config.ts'
import { parameterShapes } from '../src/parameter-shapes.ts'
import type { FloatType } from '../src/safetensors-header.ts'
import { saveSafetensors } from '../src/save-safetensors.ts'

/** Sizes of a small model; ids up to 262 have tokens in `tinyTokenizer`. */
export const TINY = {
  model_type: 'llama',
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  intermediate_size: 96,
  vocab_size: 264,
  max_position_embeddings: 256,
  tie_word_embeddings: false,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  torch_dtype: 'float32',
}

/**
 * Writes a model folder with random weights, without a tensor library, and returns them by name.
 *
 * @param change of the weights before they are stored
 */
export async function writeTinyModel(
  folder: string,
  settings: Readonly<Record<string, unknown>> = {},
  type: FloatType = 'F32',
  change: (weights: Map<string, Float32Array>) => void = () => undefined,
): Promise<{ config: ModelConfig; weights: Map<string, Float32Array> }> {
  const json = { ...TINY, ...settings }
  const config = parseModelConfig(json)
  const shapes = parameterShapes(config)
  const weights = new Map(
    [...shapes].map(([name, shape]) => {
      const draws = randomStream(7, name)
      const size = shape.reduce((product, length) => product * length, 1)
      const center = name.includes('norm') ? 1 : 0
      return [name, Float32Array.from({ length: size }, (_, i) => center + 0.2 * draws.normal(i))]
    }),
  )
  change(weights)
  await mkdir(folder, { recursive: true })
  await saveSafetensors(
    join(folder, 'model.safetensors'),
    new Map(
      [...weights].map(([name, values]) => [
        name,
        { shape: shapes.get(name) ?? [], type, read: async () => values },
      ]),
    ),
    { format: 'pt' },
  )
  await writeFile(join(folder, 'config.json'), JSON.stringify(json))
  return { config, weights }
}

/** GPT-2's characters for the 256 bytes. */
function byteCharacters(): string[] {
  let next = 256
  const isPlain = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPlain(byte) ? byte : next++),
  )
}

const CHAT =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'

/** A `tokenizer.json` of byte-level BPE that splits text as SmolLM2's does. */
export function tinyTokenizer(): Record<string, unknown> {
  const added = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<think>'].map((content, i) => ({
    id: 259 + i,
    content,
    special: content !== '<think>',
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }))
  const pieces = [...byteCharacters(), 'th', 'the', 'Ġthe']
  return {
    version: '1.0',
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      unk_token: null,
      ignore_merges: false,
      byte_fallback: false,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: [
        ['t', 'h'],
        ['th', 'e'],
        ['Ġ', 'the'],
      ],
    },
  }
}

/** Writes `tinyTokenizer`, or one that differs from it, with its companions. */
export async function writeTinyTokenizer(
  folder: string,
  tokenizer: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const write = (name: string, json: unknown): Promise<void> =>
    writeFile(join(folder, name), JSON.stringify(json))
  await write('tokenizer.json', { ...tinyTokenizer(), ...tokenizer })
  await write('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<|im_start|>',
    eos_token: { __type: 'AddedToken', content: '<|im_end|>', special: true },
    pad_token: '<|endoftext|>',
    chat_template: CHAT,
  })
  await write('generation_config.json', {
    eos_token_id: [261, 259],
    do_sample: true,
    temperature: 0.7,
    top_p: 0.9,
  })
}
