import { IcrlError, randomStream } from '@icrl/core'
import { tensor2d, variable, zeros } from '@tensorflow/tfjs-core'
import type { Variable } from '@tensorflow/tfjs-core'
import { type AdapterConfig, adapterScale, LINEAR_LAYERS } from './adapter-folder.ts'
import type { ModelConfig } from './config.ts'
import type { Parameters } from './decoder-weights.ts'
import { parameterShapes } from './parameter-shapes.ts'

/** What a new adapter is to be. */
export interface AdapterOptions {
  /** r, the most directions in which it changes a matrix. */
  readonly rank: number
  /** α. The adapter's product is multiplied by α / r. @defaultValue 32 */
  readonly alpha?: number
  /** Names of the linear layers that get one. @defaultValue all, `q_proj` to `down_proj` */
  readonly targets?: readonly string[]
  /** True: the factor is α / √r. @defaultValue false */
  readonly rankStabilized?: boolean
  /** Of the initial weights. @defaultValue 0 */
  readonly seed?: number
  /**
   * What `adapter_config.json` names as its base.
   *
   * @defaultValue the folder that the policy is read from
   */
  readonly base?: string
}

/**
 * A low-rank adapter of a model: what it is and its matrices, `….lora_A.weight` `[r][in]` and
 * `….lora_B.weight` `[out][r]`.
 */
export interface Adapter {
  /** Rank, scale and targets. */
  readonly config: AdapterConfig
  /** Its matrices by their names. */
  readonly parameters: Parameters
}

/** Names of the two matrices of a layer's adapter. */
export function adapterNames(layer: string): { readonly a: string; readonly b: string } {
  return { a: `${layer}.lora_A.weight`, b: `${layer}.lora_B.weight` }
}

/** Name and shape of every parameter of an adapter, in the order of the model's file. */
export function adapterShapes(
  config: ModelConfig,
  { rank, targets }: Pick<AdapterConfig, 'rank' | 'targets'>,
): Map<string, [number, number]> {
  const shapes = new Map<string, [number, number]>()
  for (const [name, [out, into]] of parameterShapes(config)) {
    const layer = name.replace(/\.weight$/, '')
    if (!targets.some((target) => layer.endsWith(`.${target}`)) || into === undefined) continue
    const { a, b } = adapterNames(layer)
    shapes.set(a, [rank, into])
    shapes.set(b, [out, rank])
  }
  return shapes
}

/** Whether two adapters over one base have the same matrices and the same factor. */
export function isSameAdapter(a: AdapterConfig, b: AdapterConfig): boolean {
  return (
    a.rank === b.rank &&
    adapterScale(a) === adapterScale(b) &&
    a.targets.join() === b.targets.join()
  )
}

/**
 * A new adapter, which changes nothing yet: as in PEFT, A is uniform in ±1/√in (Kaiming's bound
 * with a = √5) and B is zero. A value of A depends on the seed, its name and its index alone.
 *
 * @returns variables that the caller disposes of
 * @throws IcrlError `invalid-option` naming the option
 *
 * @example
 * declare const config: ModelConfig
 * const adapter = initializeAdapter(config, { rank: 16, targets: ['q_proj', 'v_proj'] })
 */
export function initializeAdapter(config: ModelConfig, options: AdapterOptions): Adapter {
  const { rank, alpha = 32, targets = LINEAR_LAYERS, rankStabilized = false, seed = 0 } = options
  const { base } = options
  const settings = { rank, alpha, targets: inOrder(targets), rankStabilized, base }
  if (!(Number.isSafeInteger(rank) && rank >= 1))
    throw invalid(`rank is ${rank}.`, 'Use an integer of 1 or more, such as 16.')
  if (!(Number.isFinite(alpha) && alpha > 0))
    throw invalid(`alpha is ${alpha}.`, 'Use a number above 0, such as 32.')
  const parameters = new Map<string, Variable>()
  for (const [name, shape] of adapterShapes(config, settings)) {
    const values = name.endsWith('.lora_B.weight') ? zeros(shape) : uniform(name, shape, seed)
    parameters.set(name, variable(values))
    values.dispose()
  }
  return { config: settings, parameters }
}

function uniform(name: string, shape: [number, number], seed: number): ReturnType<typeof tensor2d> {
  const stream = randomStream(seed, 'adapter', name)
  const bound = 1 / Math.sqrt(shape[1])
  const values = Float32Array.from(
    { length: shape[0] * shape[1] },
    (_, i) => bound * (2 * stream.uniform(i) - 1),
  )
  return tensor2d(values, shape)
}

function inOrder(targets: readonly string[]): readonly string[] {
  const known: readonly string[] = LINEAR_LAYERS
  const strange = targets.find((target) => !known.includes(target))
  if (strange !== undefined || targets.length === 0)
    throw invalid(
      strange === undefined ? 'targets is empty.' : `targets names "${strange}".`,
      `Choose among ${known.join(', ')}.`,
    )
  return known.filter((name) => targets.includes(name))
}

function invalid(what: string, remedy: string): IcrlError {
  return new IcrlError(`adapter: ${what}`, { code: 'invalid-option', remedy })
}
