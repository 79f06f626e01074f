import { type ModelConfig, parseModelConfig } from '../src/config.ts'

/** A model small enough for plain JavaScript: 2 layers, width 16, 24 ids, context 96. */
export function tinyConfig(more: Record<string, unknown> = {}): ModelConfig {
  return parseModelConfig({
    model_type: 'qwen3',
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 4,
    intermediate_size: 24,
    vocab_size: 24,
    max_position_embeddings: 96,
    tie_word_embeddings: true,
    initializer_range: 0.3,
    ...more,
  })
}
