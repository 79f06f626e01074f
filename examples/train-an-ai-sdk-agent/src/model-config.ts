import { MARKS } from './tokenizer-files.ts'

/**
 * About 140 thousand parameters of Qwen3's architecture, in the layout of Hugging Face's
 * `config.json`.
 */
export function modelConfig(vocabulary: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    vocab_size: 8 * Math.ceil(vocabulary.length / 8),
    hidden_size: 64,
    intermediate_size: 168,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    head_dim: 16,
    hidden_act: 'silu',
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    attention_bias: false,
    tie_word_embeddings: true,
    initializer_range: 0.02,
    torch_dtype: 'float32',
    eos_token_id: vocabulary.indexOf(MARKS.end),
  }
}
