import { IcrlError } from '@icrl/core'
import { configFields, type ConfigFields } from './config-fields.ts'
import { parseRotary, type RotaryConfig } from './rotary-config.ts'

/** A decoder-only model's architecture, as the `config.json` of a Hugging Face folder gives it. */
export interface ModelConfig {
  /** Which of the supported architectures it is. */
  readonly family: ModelFamily
  /** Decoder blocks. */
  readonly layers: number
  /** Width D of the residual stream. */
  readonly hiddenSize: number
  /** Query heads H. */
  readonly heads: number
  /** Key/value heads K; H is a multiple of it. */
  readonly keyValueHeads: number
  /** Width d of a head; even. */
  readonly headDim: number
  /** Width F of the feed-forward layer. */
  readonly feedForwardSize: number
  /** Rows of the embedding: ids are below it. */
  readonly vocabularySize: number
  /** Most tokens of prompt and response together. */
  readonly contextLength: number
  /** ε of every RMS norm. */
  readonly epsilon: number
  /** Whether the output embedding is the input embedding. */
  readonly tiedEmbeddings: boolean
  /** Whether the query, key and value projections have biases. */
  readonly projectionBias: boolean
  /** Whether the attention's output projection has a bias. */
  readonly outputBias: boolean
  /** Whether each query and key head is RMS-normalized before the rotary embedding (Qwen3). */
  readonly headNorm: boolean
  /** How positions turn queries and keys. */
  readonly rotary: RotaryConfig
  /** Standard deviation of freshly initialized weights. */
  readonly initializerRange: number
  /** The JSON this was parsed from; saved again with the weights. */
  readonly source: Readonly<Record<string, unknown>>
}

/** Families by their `model_type`. */
export type ModelFamily = 'qwen3' | 'qwen2' | 'llama' | 'mistral'

/** Tokens of a context where the file does not say. */
const CONTEXT = 2048

const FAMILIES: readonly ModelFamily[] = ['qwen3', 'qwen2', 'llama', 'mistral']

/**
 * Reads a Hugging Face `config.json` of the Qwen3 or Llama family (Qwen2 and Mistral are Llama with
 * other biases).
 *
 * @param json the parsed file
 * @param where what to call it in errors
 * @throws IcrlError `unsupported` for an architecture this package does not compute, `corrupt-file`
 * for a missing or absurd field.
 *
 * @example
 * const config = parseModelConfig({
 *   model_type: 'llama',
 *   hidden_size: 64,
 *   num_hidden_layers: 2,
 *   num_attention_heads: 4,
 *   intermediate_size: 168,
 *   vocab_size: 64,
 * })
 */
export function parseModelConfig(json: unknown, where = 'config.json'): ModelConfig {
  const fields = configFields(json, where)
  const family = familyOf(fields)
  refuseUnsupported(fields, family)
  const hiddenSize = fields.count('hidden_size')
  const heads = fields.count('num_attention_heads')
  const headDim = fields.count('head_dim', family === 'qwen3' ? 128 : hiddenSize / heads)
  const contextLength = fields.count('max_position_embeddings', CONTEXT)
  const attentionBias = fields.flag('attention_bias', false)
  const config: ModelConfig = {
    family,
    layers: fields.count('num_hidden_layers'),
    hiddenSize,
    heads,
    keyValueHeads: fields.count('num_key_value_heads', heads),
    headDim,
    feedForwardSize: fields.count('intermediate_size'),
    vocabularySize: fields.count('vocab_size'),
    contextLength,
    epsilon: fields.number('rms_norm_eps', 1e-6),
    tiedEmbeddings: fields.flag('tie_word_embeddings', false),
    projectionBias: family === 'qwen2' || (family !== 'mistral' && attentionBias),
    outputBias: (family === 'qwen3' || family === 'llama') && attentionBias,
    headNorm: family === 'qwen3',
    rotary: parseRotary(fields, headDim, contextLength),
    initializerRange: fields.number('initializer_range', 0.02),
    source: fields.source,
  }
  if (config.heads % config.keyValueHeads !== 0) {
    throw fields.error(
      `num_attention_heads ${heads} is not a multiple of num_key_value_heads ${config.keyValueHeads}.`,
    )
  }
  if (headDim % 2 !== 0)
    throw fields.error(
      `head_dim is ${headDim}; the rotary embedding pairs components, so it must be even.`,
    )
  return config
}

function familyOf(fields: ConfigFields): ModelFamily {
  const type = fields.source.model_type
  const family = FAMILIES.find((name) => name === type)
  if (family !== undefined) return family
  throw new IcrlError(`${fields.where}: model_type is ${JSON.stringify(type)}.`, {
    code: 'unsupported',
    remedy: `Use a model of one of these types: ${FAMILIES.join(', ')}.`,
  })
}

function refuseUnsupported(fields: ConfigFields, family: ModelFamily): void {
  const { source } = fields
  const activation = source.hidden_act ?? 'silu'
  const unsupported: [boolean, string][] = [
    [
      activation !== 'silu' && activation !== 'swish',
      `hidden_act ${JSON.stringify(activation)} (only "silu", also named "swish")`,
    ],
    [source.mlp_bias === true, 'mlp_bias'],
    [usesWindow(fields, family), 'sliding-window attention'],
    [isOn(source.quantization_config), 'quantised weights (quantization_config)'],
    [isOn(source.num_experts) || isOn(source.num_local_experts), 'a mixture of experts'],
  ]
  const found = unsupported.find(([present]) => present)
  if (found === undefined) return
  throw new IcrlError(
    `${fields.where}: the model uses ${found[1]}, which this package does not support.`,
    {
      code: 'unsupported',
      remedy:
        'Use a dense Qwen3- or Llama-family model with full attention and unquantized weights.',
    },
  )
}

/** Fields of what a model does not have are often written out as null, 0 or false. */
function isOn(field: unknown): boolean {
  return field !== undefined && field !== null && field !== 0 && field !== false
}

/** Layers without a window, where a Qwen configuration says nothing. */
const MAX_WINDOW_LAYERS = 28
const WINDOW = 4096

/**
 * Whether attention in any layer looks back less than the context is long. As in transformers, a
 * missing `sliding_window` is 4096 for Qwen and Mistral; null is none.
 */
function usesWindow(fields: ConfigFields, family: ModelFamily): boolean {
  const { source } = fields
  const { layer_types: types, sliding_window: window = WINDOW } = source
  const isWide =
    window === null ||
    (typeof window === 'number' && window >= fields.count('max_position_embeddings', CONTEXT))
  if (Array.isArray(types)) {
    const isPartial = types.some((type) => type !== 'full_attention')
    const isUnknown = types.some(
      (type) => type !== 'full_attention' && (type !== 'sliding_attention' || window === null),
    )
    return isUnknown || (isPartial && !(isWide && 'sliding_window' in source))
  }
  if (family === 'mistral') return !isWide
  const without = (source.max_window_layers ?? MAX_WINDOW_LAYERS) as number
  return (
    source.use_sliding_window === true && !isWide && without < fields.count('num_hidden_layers')
  )
}
