import { describe, expect, it } from 'vitest'
import { parseModelConfig } from './config.ts'
import { parameterShapes } from './parameter-shapes.ts'

type Fields = Readonly<Record<string, unknown>>

const QWEN3: Fields = {
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  attention_bias: false,
  attention_dropout: 0.0,
  head_dim: 128,
  hidden_act: 'silu',
  max_position_embeddings: 40960,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: null,
  use_sliding_window: false,
  torch_dtype: 'bfloat16',
  transformers_version: '4.51.0',
  vocab_size: 151936,
}
const QWEN2: Fields = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  attention_dropout: 0.0,
  hidden_act: 'silu',
  max_position_embeddings: 32768,
  max_window_layers: 21,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  use_sliding_window: false,
  torch_dtype: 'bfloat16',
  vocab_size: 151936,
}
const LLAMA: Fields = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  attention_bias: false,
  hidden_act: 'silu',
  max_position_embeddings: 131072,
  mlp_bias: false,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000.0,
  torch_dtype: 'bfloat16',
  vocab_size: 128256,
}
const SMOLLM2: Fields = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  attention_bias: false,
  hidden_act: 'silu',
  is_llama_config: true,
  max_position_embeddings: 8192,
  mlp_bias: false,
  rms_norm_eps: 1e-5,
  rope_interleaved: false,
  rope_scaling: null,
  rope_theta: 100000,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  vocab_size: 49152,
}

/** Width, feed-forward width, layers, query heads, key and value heads. */
const shape = (
  hidden_size: number,
  intermediate_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
  num_key_value_heads: number,
): Fields => ({
  hidden_size,
  intermediate_size,
  num_hidden_layers,
  num_attention_heads,
  num_key_value_heads,
})
const tied = { tie_word_embeddings: true }
const untied = { tie_word_embeddings: false }
const factor8 = { rope_scaling: { ...(LLAMA.rope_scaling as object), factor: 8.0 } }

/** Models as they were published, and how many parameters they have. */
const MODELS: readonly (readonly [name: string, config: Fields, parameters: number])[] = [
  ['Qwen3-0.6B', { ...QWEN3, ...shape(1024, 3072, 28, 16, 8), ...tied }, 596_049_920],
  ['Qwen3-1.7B', { ...QWEN3, ...shape(2048, 6144, 28, 16, 8), ...tied }, 1_720_574_976],
  ['Qwen3-4B', { ...QWEN3, ...shape(2560, 9728, 36, 32, 8), ...tied }, 4_022_468_096],
  ['Qwen3-8B', { ...QWEN3, ...shape(4096, 12288, 36, 32, 8), ...untied }, 8_190_735_360],
  ['Qwen3-14B', { ...QWEN3, ...shape(5120, 17408, 40, 40, 8), ...untied }, 14_768_307_200],
  ['Qwen3-32B', { ...QWEN3, ...shape(5120, 25600, 64, 64, 8), ...untied }, 32_762_123_264],
  ['Qwen2.5-0.5B', { ...QWEN2, ...shape(896, 4864, 24, 14, 2), ...tied }, 494_032_768],
  ['Qwen2.5-1.5B', { ...QWEN2, ...shape(1536, 8960, 28, 12, 2), ...tied }, 1_543_714_304],
  ['Qwen2.5-3B', { ...QWEN2, ...shape(2048, 11008, 36, 16, 2), ...tied }, 3_085_938_688],
  [
    'Qwen2.5-7B',
    { ...QWEN2, ...shape(3584, 18944, 28, 28, 4), ...untied, vocab_size: 152064 },
    7_615_616_512,
  ],
  [
    'Qwen2.5-14B',
    { ...QWEN2, ...shape(5120, 13824, 48, 40, 8), ...untied, vocab_size: 152064 },
    14_770_033_664,
  ],
  [
    'Qwen2.5-32B',
    { ...QWEN2, ...shape(5120, 27648, 64, 40, 8), ...untied, vocab_size: 152064 },
    32_763_876_352,
  ],
  [
    'Qwen2.5-72B',
    { ...QWEN2, ...shape(8192, 29568, 80, 64, 8), ...untied, vocab_size: 152064 },
    72_706_203_648,
  ],
  [
    'Llama-3.2-1B',
    { ...LLAMA, ...shape(2048, 8192, 16, 32, 8), ...tied, head_dim: 64 },
    1_235_814_400,
  ],
  [
    'Llama-3.2-3B',
    { ...LLAMA, ...shape(3072, 8192, 28, 24, 8), ...tied, head_dim: 128 },
    3_212_749_824,
  ],
  [
    'Llama-3.1-8B',
    { ...LLAMA, ...factor8, ...shape(4096, 14336, 32, 32, 8), ...untied },
    8_030_261_248,
  ],
  [
    'Llama-3.1-70B',
    { ...LLAMA, ...factor8, ...shape(8192, 28672, 80, 64, 8), ...untied },
    70_553_706_496,
  ],
  ['SmolLM2-135M', { ...SMOLLM2, ...shape(576, 1536, 30, 9, 3) }, 134_515_008],
  ['SmolLM2-360M', { ...SMOLLM2, ...shape(960, 2560, 32, 15, 5) }, 361_821_120],
  [
    'SmolLM2-1.7B',
    { ...SMOLLM2, ...shape(2048, 8192, 24, 32, 32), rope_theta: 130000 },
    1_711_376_384,
  ],
]

/** The same as transformers 5 writes it: one place for everything rotary, a type for each layer. */
function asVersion5({ torch_dtype, rope_theta, rope_scaling, ...rest }: Fields): Fields {
  const layers = rest.num_hidden_layers as number
  return {
    ...rest,
    dtype: torch_dtype,
    rope_parameters: { rope_type: 'default', ...(rope_scaling as object | null), rope_theta },
    ...(rest.model_type !== 'llama' && {
      layer_types: Array.from({ length: layers }, () => 'full_attention'),
    }),
    transformers_version: '5.0.0',
  }
}

describe.each(MODELS)('%s', (_, config, parameters) => {
  const read = parseModelConfig(config)

  it('has the parameters that it was published with', () => {
    const sizes = [...parameterShapes(read).values()].map((of) => of.reduce((a, b) => a * b, 1))
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(parameters)
  })

  it('is the same model in the layout of transformers 5', () => {
    const { source: _one, ...old } = read
    const { source: _other, ...current } = parseModelConfig(asVersion5(config))
    expect(current).toEqual(old)
  })
})

describe('what is not computed is refused by name, with what is', () => {
  const qwen3 = { ...QWEN3, ...shape(1024, 3072, 28, 16, 8), ...tied }
  const qwen2 = { ...QWEN2, ...shape(896, 4864, 24, 14, 2), ...tied }
  const rope = (scaling: object): Fields => ({ ...qwen3, rope_scaling: scaling })

  it.each<[string, Fields, RegExp]>([
    [
      'windows from a layer on',
      { ...qwen2, use_sliding_window: true, sliding_window: 4096, max_window_layers: 20 },
      /sliding-window attention.*full attention/,
    ],
    [
      'windows of single layers',
      {
        ...qwen3,
        sliding_window: 4096,
        use_sliding_window: true,
        layer_types: Array.from({ length: 28 }, (_, i) =>
          i % 2 ? 'sliding_attention' : 'full_attention',
        ),
      },
      /sliding-window attention/,
    ],
    [
      'a dynamic base',
      rope({ rope_type: 'dynamic', factor: 2 }),
      /rope type "dynamic".*default, linear, llama3 and yarn/,
    ],
    [
      'longrope',
      rope({ rope_type: 'longrope', short_factor: [], long_factor: [] }),
      /rope type "longrope".*default, linear, llama3 and yarn/,
    ],
    ['a part of each head', { ...qwen3, partial_rotary_factor: 0.5 }, /partial_rotary_factor 0.5/],
    ['experts', { ...qwen3, num_experts: 128 }, /a mixture of experts/],
    [
      'another family',
      { ...qwen3, model_type: 'gemma3_text' },
      /"gemma3_text".*qwen3, qwen2, llama/,
    ],
    [
      'linear attention',
      { ...qwen3, model_type: 'qwen3_next' },
      /"qwen3_next".*qwen3, qwen2, llama/,
    ],
    [
      'numbers of four bits',
      { ...qwen3, quantization_config: { quant_method: 'awq' } },
      /quantised weights \(quantization_config\)/,
    ],
  ])('%s', (_, config, message) => {
    expect(() => parseModelConfig(config)).toThrow(message)
  })

  it('but not a window that no layer has, or that is as long as the context', () => {
    for (const config of [
      { ...qwen2, use_sliding_window: true, sliding_window: 4096, max_window_layers: 24 },
      { ...qwen2, use_sliding_window: true, sliding_window: 32768, max_window_layers: 20 },
    ])
      expect(parseModelConfig(config).layers).toBe(24)
  })
})
