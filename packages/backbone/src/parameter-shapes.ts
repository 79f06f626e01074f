import type { ModelConfig } from './config.ts'

/**
 * Name (as in a Hugging Face checkpoint) and shape of every parameter, in file order.
 *
 * @example
 * declare const config: ModelConfig // of hiddenSize 64
 * parameterShapes(config).get('model.norm.weight') // [64]
 */
export function parameterShapes(config: ModelConfig): Map<string, number[]> {
  const { hiddenSize, vocabularySize, layers, tiedEmbeddings } = config
  const shapes = new Map([['model.embed_tokens.weight', [vocabularySize, hiddenSize]]])
  for (let layer = 0; layer < layers; layer++) {
    for (const [name, shape] of blockShapes(config))
      shapes.set(`model.layers.${layer}.${name}`, shape)
  }
  shapes.set('model.norm.weight', [hiddenSize])
  if (!tiedEmbeddings) shapes.set('lm_head.weight', [vocabularySize, hiddenSize])
  return shapes
}

function blockShapes(config: ModelConfig): [string, number[]][] {
  const { hiddenSize, heads, keyValueHeads, headDim, feedForwardSize } = config
  const [queries, keys] = [heads * headDim, keyValueHeads * headDim]
  const shapes: [string, number[], boolean?][] = [
    ['input_layernorm.weight', [hiddenSize]],
    ['self_attn.q_proj.weight', [queries, hiddenSize]],
    ['self_attn.q_proj.bias', [queries], config.projectionBias],
    ['self_attn.k_proj.weight', [keys, hiddenSize]],
    ['self_attn.k_proj.bias', [keys], config.projectionBias],
    ['self_attn.v_proj.weight', [keys, hiddenSize]],
    ['self_attn.v_proj.bias', [keys], config.projectionBias],
    ['self_attn.o_proj.weight', [hiddenSize, queries]],
    ['self_attn.o_proj.bias', [hiddenSize], config.outputBias],
    ['self_attn.q_norm.weight', [headDim], config.headNorm],
    ['self_attn.k_norm.weight', [headDim], config.headNorm],
    ['post_attention_layernorm.weight', [hiddenSize]],
    ['mlp.gate_proj.weight', [feedForwardSize, hiddenSize]],
    ['mlp.up_proj.weight', [feedForwardSize, hiddenSize]],
    ['mlp.down_proj.weight', [hiddenSize, feedForwardSize]],
  ]
  return shapes.filter(([, , present]) => present ?? true).map(([name, shape]) => [name, shape])
}
