import { SPECIAL } from './tokenizer-files.ts'

/**
 * About 104 thousand parameters of Qwen3's architecture, in the layout of Hugging Face's
 * `config.json`.
 */
export function modelConfig(vocabulary: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    vocab_size: vocabulary.length,
    hidden_size: 64,
    intermediate_size: 168,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    head_dim: 16,
    hidden_act: 'silu',
    max_position_embeddings: 64,
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    attention_bias: false,
    tie_word_embeddings: true,
    initializer_range: 0.02,
    torch_dtype: 'float32',
    eos_token_id: vocabulary.indexOf(SPECIAL.end),
    pad_token_id: vocabulary.indexOf(SPECIAL.pad),
  }
}
