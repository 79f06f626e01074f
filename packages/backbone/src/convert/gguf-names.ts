/** Names of llama.cpp by those of Hugging Face, outside the blocks and within them. */
const WHOLE: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
}
const BLOCK: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
}

/**
 * The name that llama.cpp gives a parameter.
 *
 * @param parameter as in `parameterShapes`
 */
export function ggufName(parameter: string): string {
  const [, place, kind] = /^(.*)\.(weight|bias)$/.exec(parameter) as RegExpExecArray
  const [, layer, part] = /^model\.layers\.(\d+)\.(.*)$/.exec(place) ?? []
  return `${part === undefined ? WHOLE[place] : `blk.${layer}.${BLOCK[part]}`}.${kind}`
}
