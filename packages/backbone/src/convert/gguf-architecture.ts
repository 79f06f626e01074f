import { IcrlError } from '@icrl/core'
import { configFields } from '../config-fields.ts'
import type { ModelConfig, ModelFamily } from '../config.ts'
import { plainFrequencies, rotarySettings } from '../rotary-config.ts'
import { float32, type GgufValue, text, uint32 } from './write-gguf.ts'

/** What llama.cpp needs to know of a model: metadata, and factors of its rotary frequencies. */
export interface GgufArchitecture {
  /** Whether the rows of a head are stored in pairs that rotate together. */
  readonly interleaved: boolean
  readonly metadata: ReadonlyMap<string, GgufValue>
  /** `[d / 2]` what each frequency is divided by; undefined if the metadata say all. */
  readonly frequencyFactors?: Float32Array
}

/** Mistral is a Llama without biases. */
const NAMES: Readonly<Record<ModelFamily, 'llama' | 'qwen2' | 'qwen3'>> = {
  llama: 'llama',
  mistral: 'llama',
  qwen2: 'qwen2',
  qwen3: 'qwen3',
}

/**
 * Describes a model as llama.cpp's loader of its architecture expects it.
 *
 * @throws IcrlError `unsupported` for what that architecture does not compute
 */
export function ggufArchitecture(config: ModelConfig): GgufArchitecture {
  const name = NAMES[config.family]
  if (name === 'qwen3' && config.projectionBias)
    throw unsupported('biases of the attention in a qwen3 model')
  const metadata = new Map<string, GgufValue>([['general.architecture', text(name)]])
  const set = (key: string, value: GgufValue): unknown => metadata.set(`${name}.${key}`, value)
  set('vocab_size', uint32(config.vocabularySize))
  set('context_length', uint32(config.contextLength))
  set('block_count', uint32(config.layers))
  set('embedding_length', uint32(config.hiddenSize))
  set('feed_forward_length', uint32(config.feedForwardSize))
  set('attention.head_count', uint32(config.heads))
  set('attention.head_count_kv', uint32(config.keyValueHeads))
  set('attention.key_length', uint32(config.headDim))
  set('attention.value_length', uint32(config.headDim))
  set('attention.layer_norm_rms_epsilon', float32(config.epsilon))
  set('rope.dimension_count', uint32(config.headDim))
  const frequencyFactors = describeRotary(config, name, set)
  return { interleaved: name === 'llama', metadata, ...(frequencyFactors && { frequencyFactors }) }
}

function describeRotary(
  { source, rotary, headDim, contextLength }: ModelConfig,
  architecture: string,
  set: (key: string, value: GgufValue) => unknown,
): Float32Array | undefined {
  const { base, type, scaling } = rotarySettings(configFields(source, 'config.json'))
  set('rope.freq_base', float32(base))
  if (scaling === undefined || type === 'default') return undefined
  if (type === 'llama3') {
    if (architecture !== 'llama') throw unsupported(`llama3 scaling in a ${architecture} model`)
    const plain = plainFrequencies(base, headDim)
    return rotary.inverseFrequencies.map((frequency, i) => plain[i] / frequency)
  }
  const factor = scaling.number('factor')
  set('rope.scaling.type', text(type as 'linear' | 'yarn'))
  set('rope.scaling.factor', float32(factor))
  if (type === 'linear') return undefined
  // For these architectures llama.cpp reads neither of these, and takes the defaults.
  if (!scaling.flag('truncate', true)) throw unsupported('yarn scaling with truncate: false')
  if (scaling.number('beta_fast', 32) !== 32 || scaling.number('beta_slow', 1) !== 1)
    throw unsupported('yarn scaling with a beta_fast other than 32, or a beta_slow other than 1')
  const original = scaling.number('original_max_position_embeddings', contextLength)
  set('rope.scaling.original_context_length', uint32(original))
  // llama.cpp multiplies this by YaRN's own 1 + 0.1 ln(factor).
  const own = factor <= 1 ? 1 : 1 + 0.1 * Math.log(factor)
  set('rope.scaling.attn_factor', float32(rotary.attentionFactor / own))
  return undefined
}

function unsupported(what: string): IcrlError {
  return new IcrlError(`llama.cpp has no place for ${what}.`, {
    code: 'unsupported',
    remedy: 'Keep the model as a Hugging Face folder.',
  })
}
