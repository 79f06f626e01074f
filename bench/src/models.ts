import { initialiseModel, LocalPolicy, parseModelConfig } from '@icrl/backbone'
import type { LocalPolicyOptions, ModelConfig } from '@icrl/backbone'

interface Size { layers: number; width: number; heads: number; keyValueHeads: number; feedForward: number; vocabulary: number }

const qwen3 = ({ layers, width, heads, keyValueHeads, feedForward, vocabulary }: Size): ModelConfig =>
  parseModelConfig({
    model_type: 'qwen3', hidden_size: width, num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: keyValueHeads, head_dim: width / heads,
    intermediate_size: feedForward, vocab_size: vocabulary, max_position_embeddings: 4096, tie_word_embeddings: true, initializer_range: 0.05,
  })

/** Models of the benchmarks: the quickstart's, and three of growing size. */
export const MODELS: Readonly<Record<'quickstart' | 'a' | 'b' | 'c', ModelConfig>> = {
  quickstart: qwen3({ layers: 2, width: 64, heads: 4, keyValueHeads: 4, feedForward: 168, vocabulary: 96 }),
  a: qwen3({ layers: 4, width: 128, heads: 4, keyValueHeads: 2, feedForward: 352, vocabulary: 512 }),
  b: qwen3({ layers: 6, width: 256, heads: 4, keyValueHeads: 2, feedForward: 704, vocabulary: 2048 }),
  c: qwen3({ layers: 12, width: 768, heads: 12, keyValueHeads: 4, feedForward: 2048, vocabulary: 32_000 }),
}

/** A policy with random weights. */
export function createPolicy(config: ModelConfig, options?: LocalPolicyOptions): LocalPolicy {
  return new LocalPolicy(config, initialiseModel(config, 1), options)
}

/** Floating-point operations of one token's products in a forward pass over sequences of `length` tokens: two a weight, and attention's. */
export function forwardFlops(config: ModelConfig, length: number): number {
  const { hiddenSize, heads, keyValueHeads, headDim, feedForwardSize, layers, vocabularySize } = config
  const weights = hiddenSize * headDim * (2 * heads + 2 * keyValueHeads) + 3 * hiddenSize * feedForwardSize
  return 2 * (layers * weights + vocabularySize * hiddenSize) + layers * 4 * heads * headDim * ((length + 1) / 2)
}
