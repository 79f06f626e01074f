import { join } from '#node'
import { IcrlError } from '@icrl/core'
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from '../adapter-folder.ts'
import { BASE_CHECKSUM } from '../load-adapter.ts'
import { SafetensorsFile } from '../load-safetensors.ts'
import { readJson } from '../read-json.ts'
import { storedRows, type WeightRows } from './weight-rows.ts'

/** What an adapter adds to a matrix: `scale · B · A`, with A `[r][in]` and B `[out][r]`. */
export interface LowRankTerm {
  readonly a: WeightRows
  readonly b: WeightRows
  readonly scale: number
}

/** A PEFT adapter folder, opened. */
export interface OpenedAdapter extends AsyncDisposable {
  /** Terms by the parameter that they belong to. */
  readonly terms: ReadonlyMap<string, LowRankTerm>
  /** The checksum of its base's weights; undefined for one that PEFT wrote. */
  readonly baseChecksum?: string
}

/** Fields of `adapter_config.json` with which an adapter is more than a sum of two products. */
const BEYOND: Readonly<Record<string, string>> = {
  use_dora: 'a magnitude of each row (DoRA)',
  modules_to_save: 'whole modules that were trained',
  fan_in_fan_out: 'transposed matrices',
  lora_bias: 'biases of its own',
  use_qalora: 'quantized groups (QALoRA)',
  use_bdlora: 'block-diagonal matrices (BD-LoRA)',
  kasa_config: 'singular values of its own (KaSA)',
  layer_replication: 'layers used several times',
  trainable_token_indices: 'trained tokens',
  target_parameters: 'adapted parameters outside linear layers',
  alora_invocation_tokens: 'tokens that turn it on (aLoRA)',
}

/** Ways to begin after which the base is another one. */
const CHANGED_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i

interface AdapterJson {
  readonly [field: string]: unknown
  readonly lora_alpha?: number
  readonly use_rslora?: boolean
  readonly alpha_pattern?: Readonly<Record<string, number>> | null
}

const REMEDY = 'Give the folder of a PEFT adapter (adapter_config.json, adapter_model.safetensors).'

/**
 * Opens a PEFT adapter folder for merging. Which layers it adapts, and with what rank, is read from
 * its tensors: `target_modules` may be a list, a regular expression or `all-linear`.
 *
 * @param shapes of the base model's parameters
 * @throws IcrlError `missing-file`, `corrupt-file`; `unsupported` naming what the adapter does
 * beyond LoRA; `invalid-shape` for an adapter of another base
 */
export async function openAdapter(
  folder: string,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<OpenedAdapter> {
  const path = join(folder, ADAPTER_CONFIG)
  const json = (await readJson(path, REMEDY)) as AdapterJson
  requireLora(json, path)
  const file = await SafetensorsFile.open(join(folder, ADAPTER_WEIGHTS))
  try {
    const terms = termsOf(file, json, shapes)
    const { [BASE_CHECKSUM]: baseChecksum } = file.header.metadata
    return { terms, baseChecksum, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() }
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
}

function requireLora(json: AdapterJson, path: string): void {
  const { peft_type: kind, bias = 'none', init_lora_weights: start } = json
  const found = Object.keys(BEYOND).find((field) => isOn(json[field]))
  const unsupported: [boolean, string][] = [
    [kind !== 'LORA', `peft_type is ${JSON.stringify(kind)}`],
    [bias !== 'none', `bias is ${JSON.stringify(bias)}`],
    [found !== undefined, `${found} asks for ${BEYOND[found as string]}`],
    [
      typeof start === 'string' && CHANGED_BASE.test(start),
      `init_lora_weights ${JSON.stringify(start)} changes the weights of the base`,
    ],
  ]
  const [, what] = unsupported.find(([present]) => present) ?? []
  if (what !== undefined)
    throw new IcrlError(`${path}: ${what}.`, {
      code: 'unsupported',
      remedy: 'Merge it with PEFT, and convert what that wrote; here, plain LoRA is merged.',
    })
}

/** Fields of what an adapter does not have are written as null, false or empty. */
function isOn(field: unknown): boolean {
  if (typeof field === 'object' && field !== null) return Object.keys(field).length > 0
  return field !== undefined && field !== null && field !== false
}

function termsOf(
  file: SafetensorsFile,
  json: AdapterJson,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, LowRankTerm> {
  const terms = new Map<string, LowRankTerm>()
  for (const name of file.header.tensors.keys()) {
    const [, layer, part] = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/.exec(name) ?? []
    const shape = shapes.get(`${layer}.weight`)
    if (layer === undefined || shape?.length !== 2) throw stranger(file.path, name)
    if (part === 'B') continue
    const a = storedRows({ file, name })
    const b = storedRows({ file, name: name.replace('lora_A', 'lora_B') })
    const [rank] = a.shape
    if (a.shape.join() !== [rank, shape[1]].join() || b.shape.join() !== [shape[0], rank].join())
      throw otherBase(file.path, layer, [b.shape, a.shape], shape)
    terms.set(`${layer}.weight`, { a, b, scale: scaleOf(json, layer, rank) })
  }
  if (2 * terms.size !== file.header.tensors.size)
    throw stranger(file.path, 'with lora_B, but without lora_A,')
  return terms
}

/** α / r, or α / √r if it is rank-stabilized; the first pattern that fits the layer counts. */
function scaleOf(
  { lora_alpha: plain = 8, alpha_pattern: patterns, use_rslora: stabilized }: AdapterJson,
  layer: string,
  rank: number,
): number {
  const own = Object.entries(patterns ?? {}).find(([pattern]) =>
    new RegExp(`^(?:(?:.*\\.)?(?:${pattern}))$`).test(layer),
  )
  return (own?.[1] ?? plain) / (stabilized === true ? Math.sqrt(rank) : rank)
}

function stranger(path: string, name: string): IcrlError {
  return new IcrlError(`${path}: tensor ${name} belongs to no matrix of this model.`, {
    code: 'invalid-shape',
    remedy: 'Give the base that the adapter was trained over.',
  })
}

function otherBase(
  path: string,
  layer: string,
  [b, a]: readonly (readonly number[])[],
  shape: readonly number[],
): IcrlError {
  return new IcrlError(
    `${path}: the adapter of ${layer} is [${b.join(', ')}] · [${a.join(', ')}], the model's matrix [${shape.join(', ')}].`,
    { code: 'invalid-shape', remedy: 'Give the base that the adapter was trained over.' },
  )
}
