import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { parseModelConfig } from './config.ts'
import { parameterShapes } from './parameter-shapes.ts'

const minimal = {
  model_type: 'llama',
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 168,
  vocab_size: 64,
}

/** Half of the default context, from the first layer on. */
const window = { use_sliding_window: true, sliding_window: 1024, max_window_layers: 0 }

function codeOf(json: unknown): string | undefined {
  try {
    parseModelConfig(json, 'x/config.json')
  } catch (error) {
    return isIcrlError(error) ? `${error.code}: ${error.message}` : String(error)
  }
  return undefined
}

describe('parseModelConfig', () => {
  it('fills in the defaults of the Llama family', () => {
    expect(parseModelConfig(minimal)).toMatchObject({
      family: 'llama',
      keyValueHeads: 4,
      headDim: 16,
      contextLength: 2048,
      epsilon: 1e-6,
      tiedEmbeddings: false,
      projectionBias: false,
      headNorm: false,
    })
  })

  it('gives each family its biases and norms', () => {
    const of = (model_type: string): unknown => {
      const { projectionBias, outputBias, headNorm } = parseModelConfig({
        ...minimal,
        model_type,
        attention_bias: true,
        head_dim: 16,
      })
      return [projectionBias, outputBias, headNorm]
    }
    expect(['qwen3', 'qwen2', 'llama', 'mistral'].map(of)).toEqual([
      [true, true, true],
      [true, false, false],
      [true, true, false],
      [false, false, false],
    ])
  })

  it("takes Qwen3's head dimension of 128 where none is given", () => {
    expect(parseModelConfig({ ...minimal, model_type: 'qwen3' }).headDim).toBe(128)
  })

  it.each<[string, object, string]>([
    ['another family', { model_type: 'gpt2' }, 'unsupported: x/config.json: model_type is "gpt2"'],
    [
      'another activation',
      { hidden_act: 'gelu' },
      'unsupported: x/config.json: the model uses hidden_act "gelu"',
    ],
    ['a sliding window', { model_type: 'qwen3', ...window }, 'sliding-window'],
    [
      'a window in the upper layers',
      { model_type: 'qwen2', ...window, max_window_layers: 1 },
      'sliding-window',
    ],
    [
      'a window by layer',
      { layer_types: ['full_attention', 'sliding_attention'] },
      'sliding-window',
    ],
    [
      'layers of another kind',
      { layer_types: ['full_attention', 'linear_attention'], sliding_window: 4096 },
      'sliding-window',
    ],
    [
      "Mistral's window",
      { model_type: 'mistral', max_position_embeddings: 8192, sliding_window: 4096 },
      'sliding-window',
    ],
    [
      'the window that Mistral has where none is named',
      { model_type: 'mistral', max_position_embeddings: 8192 },
      'sliding-window',
    ],
    ['quantised weights', { quantization_config: {} }, 'quantised'],
    ['experts', { num_experts: 8 }, 'mixture of experts'],
    ['local experts', { num_local_experts: 8 }, 'mixture of experts'],
    ['biases in the feed-forward layer', { mlp_bias: true }, 'mlp_bias'],
    [
      'a missing size',
      { hidden_size: undefined },
      'corrupt-file: x/config.json: "hidden_size" is missing',
    ],
    ['a negative size', { hidden_size: -1 }, '"hidden_size" is -1'],
    ['a broken size', { num_hidden_layers: 1.5 }, '"num_hidden_layers" is 1.5, not a whole number'],
    ['heads that do not divide', { num_key_value_heads: 3 }, 'not a multiple'],
    ['an odd head', { head_dim: 15 }, 'must be even'],
    ['a word for a flag', { tie_word_embeddings: 'yes' }, '"tie_word_embeddings" is "yes"'],
  ])('refuses %s by name', (_, change, message) => {
    expect(codeOf({ ...minimal, ...change })).toContain(message)
  })

  it.each<[string, object]>([
    ['no quantization', { quantization_config: null }],
    ['no experts', { num_experts: 0, num_local_experts: null }],
    ['biases that are off', { mlp_bias: false, attention_bias: null }],
    ['silu by its other name', { hidden_act: 'swish' }],
    ['a window that is off', { model_type: 'qwen3', ...window, use_sliding_window: false }],
    ['a window that is null', { model_type: 'qwen2', ...window, sliding_window: null }],
    ['a window above the last layer', { model_type: 'qwen3', ...window, max_window_layers: 2 }],
    ['a window as long as the context', { model_type: 'mistral', sliding_window: 2048 }],
    [
      'layers with such a window',
      { layer_types: ['full_attention', 'sliding_attention'], sliding_window: 4096 },
    ],
    [
      'layers that are all full',
      { model_type: 'qwen3', ...window, layer_types: ['full_attention', 'full_attention'] },
    ],
    [
      "Mistral's window, null",
      { model_type: 'mistral', max_position_embeddings: 8192, sliding_window: null },
    ],
    ['no scaling', { rope_scaling: null, rope_parameters: null, partial_rotary_factor: null }],
  ])('takes %s', (_, change) => {
    expect(codeOf({ ...minimal, ...change })).toBeUndefined()
  })

  it('refuses what is no object', () => {
    expect(codeOf([])).toContain('not a JSON object')
  })
})

describe('parameterShapes', () => {
  it('names what a checkpoint holds, an untied head last', () => {
    const shapes = parameterShapes(parseModelConfig({ ...minimal, num_key_value_heads: 2 }))
    expect([...shapes.keys()].slice(0, 3)).toEqual([
      'model.embed_tokens.weight',
      'model.layers.0.input_layernorm.weight',
      'model.layers.0.self_attn.q_proj.weight',
    ])
    expect(shapes.get('model.layers.1.self_attn.k_proj.weight')).toEqual([32, 64])
    expect([...shapes.keys()].at(-1)).toBe('lm_head.weight')
    expect(shapes.size).toBe(2 * 9 + 3)
  })

  it('leaves out a tied head and names biases and head norms where there are any', () => {
    const shapes = parameterShapes(
      parseModelConfig({
        ...minimal,
        model_type: 'qwen3',
        head_dim: 8,
        attention_bias: true,
        tie_word_embeddings: true,
      }),
    )
    expect(shapes.has('lm_head.weight')).toBe(false)
    expect(shapes.get('model.layers.0.self_attn.o_proj.bias')).toEqual([64])
    expect(shapes.get('model.layers.0.self_attn.q_norm.weight')).toEqual([8])
  })
})
