import { IcrlError } from '@icrl/core'
import type { ConfigFields } from './config-fields.ts'

/** What the rotary embedding needs, with its scaling applied. */
export interface RotaryConfig {
  /** `[d / 2]` radians per position. */
  readonly inverseFrequencies: Float32Array
  /**
   * YaRN's factor on sine and cosine; 1 for every other scaling. It applies to query and key alike,
   * so the attention's scale is multiplied by its square instead.
   */
  readonly attentionFactor: number
}

/**
 * Reads `rope_theta` and `rope_scaling` (or `rope_parameters`, which holds both since transformers
 * 5): unscaled, `linear` (Chen et al. 2023, arXiv 2306.15595), `llama3`, and `yarn` (Peng et al.
 * 2023, arXiv 2309.00071). As in transformers, `rope_scaling` counts where both are there, and a
 * base within either counts before `rope_theta`. `rope_parameters` by layer type must say the same
 * of every type in use.
 *
 * @throws IcrlError `unsupported` for another scaling, or one that differs between layers;
 * `corrupt-file` if only the part that does not count gives a base.
 */
export function parseRotary(
  fields: ConfigFields,
  headDim: number,
  contextLength: number,
): RotaryConfig {
  const { base, type, scaling } = rotarySettings(fields)
  const frequencies = plainFrequencies(base, headDim)
  const share = scaling?.source.partial_rotary_factor ?? fields.source.partial_rotary_factor ?? 1
  if (share !== 1) throw unsupported(fields, `partial_rotary_factor ${JSON.stringify(share)}`)
  if (scaling === undefined || type === 'default') return plain(frequencies)
  if (type === 'linear')
    return plain(frequencies.map((frequency) => frequency / scaling.number('factor')))
  if (type === 'llama3') return plain(llama3(frequencies, scaling, contextLength))
  if (type === 'yarn') return yarn(frequencies, scaling, base, contextLength)
  throw unsupported(fields, `rope type ${JSON.stringify(type)}`)
}

/** How a `config.json` describes the rotary embedding, whichever of its forms it has. */
export interface RotarySettings {
  readonly base: number
  /** Its `rope_type`, or `type`; `default` without a scaling. */
  readonly type: unknown
  /** The fields of `rope_scaling` or `rope_parameters`. */
  readonly scaling?: ConfigFields
}

/** @throws as {@link parseRotary} */
export function rotarySettings(fields: ConfigFields): RotarySettings {
  const scaling = scalingOf(fields)
  const type = scaling?.source.rope_type ?? scaling?.source.type ?? 'default'
  return { base: baseOf(fields, scaling), type, scaling }
}

/** `[d / 2]` radians per position without a scaling. */
export function plainFrequencies(base: number, headDim: number): Float64Array {
  return Float64Array.from({ length: headDim / 2 }, (_, i) => base ** ((-2 * i) / headDim))
}

function scalingOf(fields: ConfigFields): ConfigFields | undefined {
  const old = fields.nested('rope_scaling')
  const name =
    old !== undefined && Object.keys(old.source).length > 0 ? 'rope_scaling' : 'rope_parameters'
  const scaling = fields.nested(name)
  const isByType = (key: string): boolean => key.endsWith('_attention')
  if (scaling === undefined || !Object.keys(scaling.source).some(isByType)) return scaling
  const types = fields.source.layer_types
  const inUse = new Set<string>(Array.isArray(types) ? types : ['full_attention'])
  const each = [...inUse].map((type) => {
    const own = scaling.nested(type)
    if (own === undefined) throw unsupported(fields, `${name} without one of ${type}`)
    return own
  })
  if (new Set(each.map(({ source }) => JSON.stringify(source))).size > 1)
    throw unsupported(fields, `${name} that differ between layers`)
  return each[0]
}

function baseOf(fields: ConfigFields, scaling: ConfigFields | undefined): number {
  if (isGiven(scaling?.source.rope_theta)) return (scaling as ConfigFields).number('rope_theta')
  const passedOver = fields.nested('rope_parameters')
  if (!isGiven(fields.source.rope_theta) && isGiven(passedOver?.source.rope_theta))
    throw fields.error(
      'rope_scaling counts before rope_parameters, which alone has "rope_theta": the base is unclear.',
    )
  return fields.number('rope_theta', 10_000)
}

const isGiven = (field: unknown): boolean => field !== undefined && field !== null

function plain(frequencies: Float64Array): RotaryConfig {
  return { inverseFrequencies: Float32Array.from(frequencies), attentionFactor: 1 }
}

function unsupported(fields: ConfigFields, what: string): IcrlError {
  return new IcrlError(`${fields.where}: the rotary embedding uses ${what}.`, {
    code: 'unsupported',
    remedy: 'Supported are full rotation and the rope types default, linear, llama3 and yarn.',
  })
}

/** Long wavelengths are stretched by `factor`, short ones kept, those between blended. */
function llama3(
  frequencies: Float64Array,
  scaling: ConfigFields,
  contextLength: number,
): Float64Array {
  const factor = scaling.number('factor')
  const low = scaling.number('low_freq_factor')
  const high = scaling.number('high_freq_factor')
  const original = scaling.number('original_max_position_embeddings', contextLength)
  return frequencies.map((frequency) => {
    const turns = (original * frequency) / (2 * Math.PI)
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)))
    return (1 - kept) * (frequency / factor) + kept * frequency
  })
}

/**
 * Components that turn fewer than `beta_slow` times in the original context are stretched, those
 * that turn more than `beta_fast` times kept, those between blended.
 */
function yarn(
  frequencies: Float64Array,
  scaling: ConfigFields,
  base: number,
  contextLength: number,
): RotaryConfig {
  const factor = scaling.number('factor')
  const headDim = 2 * frequencies.length
  const original = scaling.number('original_max_position_embeddings', contextLength)
  const componentOf = (turns: number): number =>
    (headDim * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(base))
  const whole = scaling.flag('truncate', true)
  const [first, last] = [
    componentOf(scaling.number('beta_fast', 32)),
    componentOf(scaling.number('beta_slow', 1)),
  ]
  const low = Math.max(whole ? Math.floor(first) : first, 0)
  const high = Math.min(whole ? Math.ceil(last) : last, headDim - 1)
  const stretched = frequencies.map((frequency, i) => {
    const share = Math.min(1, Math.max(0, (i - low) / (high === low ? 0.001 : high - low)))
    return share * (frequency / factor) + (1 - share) * frequency
  })
  return {
    inverseFrequencies: Float32Array.from(stretched),
    attentionFactor: yarnAttentionFactor(scaling, factor),
  }
}

function yarnAttentionFactor(scaling: ConfigFields, factor: number): number {
  const { attention_factor: given, mscale, mscale_all_dim: mscaleAll } = scaling.source
  if (given !== undefined && given !== null) return scaling.number('attention_factor')
  const magnitude = (slope: number): number =>
    factor <= 1 ? 1 : 0.1 * slope * Math.log(factor) + 1
  return mscale && mscaleAll
    ? magnitude(scaling.number('mscale')) / magnitude(scaling.number('mscale_all_dim'))
    : magnitude(1)
}
