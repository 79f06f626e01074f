import { IcrlError, type Json } from '@icrl/core'

/** What a low-rank adapter is, apart from its weights. */
export interface AdapterConfig {
  /** r */
  readonly rank: number
  /** α: the term is multiplied by α / r, or α / √r. */
  readonly alpha: number
  /** Whether it is α / √r (Kalajdzievski 2023, arXiv 2312.03732). */
  readonly rankStabilized: boolean
  /** Names of the linear layers that have one, such as `q_proj`. */
  readonly targets: readonly string[]
  /** Folder, or repository id, of the model it belongs to. @defaultValue not stored */
  readonly base?: string
}

/** The linear layers of a block, by their names in a checkpoint. */
export const LINEAR_LAYERS = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const

/** The files of a PEFT folder. */
export const ADAPTER_CONFIG = 'adapter_config.json'
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors'

/** What PEFT puts before a parameter's name. */
const PREFIX = 'base_model.model.'

/** A parameter's name in a PEFT file, such as `base_model.model.model.layers.0.….lora_A.weight`. */
export function storedAdapterName(parameter: string): string {
  return PREFIX + parameter
}

/**
 * The factor of an adapter's product.
 *
 * @example
 * adapterScale({ rank: 16, alpha: 32, rankStabilized: false }) // 2
 */
export function adapterScale({
  rank,
  alpha,
  rankStabilized,
}: Pick<AdapterConfig, 'rank' | 'alpha' | 'rankStabilized'>): number {
  return alpha / (rankStabilized ? Math.sqrt(rank) : rank)
}

/**
 * What PEFT writes into `adapter_config.json`, with the names that it reads back.
 *
 * @example
 * declare const config: AdapterConfig
 * const json = adapterConfigJson(config)
 */
export function adapterConfigJson({
  rank,
  alpha,
  rankStabilized,
  targets,
  base,
}: AdapterConfig): Record<string, Json> {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base ?? null,
    r: rank,
    lora_alpha: alpha,
    use_rslora: rankStabilized,
    target_modules: [...targets],
    bias: 'none',
    lora_dropout: 0,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
  }
}

/** Fields with which an adapter computes something else than the sum of two products. */
const OFF: Readonly<Record<string, string>> = {
  use_dora: 'a magnitude of each column (DoRA)',
  rank_pattern: 'ranks that differ between layers',
  alpha_pattern: 'alphas that differ between layers',
  modules_to_save: 'whole modules that were trained',
  layers_to_transform: 'only some of the layers',
  trainable_token_indices: 'trained tokens',
  target_parameters: 'adapted parameters outside linear layers',
  lora_bias: 'biases of its own',
  fan_in_fan_out: 'transposed matrices',
  use_qalora: 'quantized groups (QALoRA)',
  alora_invocation_tokens: 'tokens that turn it on (aLoRA)',
  exclude_modules: 'excluded modules',
  layer_replication: 'layers that are repeated',
  use_bdlora: 'block-diagonal matrices (BD-LoRA)',
  kasa_config: 'singular values (KaSA)',
  monteclora_config: 'sampled matrices (MonteCLoRA)',
}

/** Ways to begin that change the base's own weights. */
const CHANGED_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i

/**
 * Reads PEFT's `adapter_config.json`.
 *
 * @param path named in errors
 * @throws IcrlError `corrupt-file`, or `unsupported` with what the adapter does beyond LoRA
 *
 * @example
 * const json = { peft_type: 'LORA', r: 8, lora_alpha: 16, target_modules: ['q_proj'] }
 * parseAdapterConfig(json, 'adapter_config.json').rank // 8
 */
export function parseAdapterConfig(json: unknown, path: string): AdapterConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw wrong(path, 'it holds no object')
  const fields = json as Readonly<Record<string, unknown>>
  if (fields['peft_type'] !== 'LORA')
    throw unsupported(path, `peft_type is ${JSON.stringify(fields['peft_type'])}`)
  for (const [name, what] of Object.entries(OFF))
    if (isOn(fields[name])) throw unsupported(path, `${name} asks for ${what}`)
  const { bias = 'none', init_lora_weights: start } = fields
  if (bias !== 'none') throw unsupported(path, `bias is ${JSON.stringify(bias)}`)
  if (typeof start === 'string' && CHANGED_BASE.test(start))
    throw unsupported(path, `init_lora_weights "${start}" changes the base's own weights`)
  const { r: rank, lora_alpha: alpha = 8, base_model_name_or_path: base } = fields
  if (!(Number.isSafeInteger(rank) && (rank as number) >= 1))
    throw wrong(path, `r is ${JSON.stringify(rank)}, must be an integer of 1 or more`)
  if (!(typeof alpha === 'number' && alpha > 0))
    throw wrong(path, `lora_alpha is ${JSON.stringify(alpha)}, must be above 0`)
  return {
    rank: rank as number,
    alpha,
    rankStabilized: fields['use_rslora'] === true,
    targets: targetsOf(fields['target_modules'], path),
    ...(typeof base === 'string' && base !== '' && { base }),
  }
}

function isOn(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return value !== undefined && value !== null && value !== false
}

function targetsOf(modules: unknown, path: string): readonly string[] {
  if (modules === 'all-linear') return LINEAR_LAYERS
  const known: readonly unknown[] = LINEAR_LAYERS
  const names: readonly unknown[] = Array.isArray(modules) ? modules : [modules]
  const strange = names.find((name) => !known.includes(name))
  if (names.length === 0 || strange !== undefined)
    throw unsupported(path, `target_modules holds ${JSON.stringify(strange ?? null)}`)
  return LINEAR_LAYERS.filter((name) => names.includes(name))
}

function wrong(path: string, what: string): IcrlError {
  return new IcrlError(`${path}: ${what}.`, {
    code: 'corrupt-file',
    remedy: 'Download or save the adapter again.',
  })
}

function unsupported(path: string, what: string): IcrlError {
  return new IcrlError(`${path}: ${what}.`, {
    code: 'unsupported',
    remedy: `Supported is plain LoRA of the layers ${LINEAR_LAYERS.join(', ')}.`,
  })
}
