import { IcrlError, type Snapshot } from '@icrl/core'
import type { Variable } from '@tensorflow/tfjs-core'
import type { ModelConfig } from './config.ts'
import { Inference, type InferenceOptions } from './inference.ts'
import { readModelFolder } from './load-model-folder.ts'
import { disposeWeight, keepWeight, type Weight, type WeightStorage } from './weight-storage.ts'

/** Settings of a model that only samples and scores. */
export interface SnapshotOptions extends InferenceOptions {
  /** Default `float32`. */
  readonly weights?: WeightStorage
  /** Names the weights in generations; default `snapshot`. */
  readonly version?: string
}

/** What a snapshot is made of, until it is disposed of. */
interface Contents {
  readonly config: ModelConfig
  readonly weights: ReadonlyMap<string, Weight>
}

const contents = new WeakMap<Snapshot, Contents>()

/**
 * A model that samples and scores with the given weights, and frees them when it is disposed of.
 */
export function createSnapshot(
  config: ModelConfig,
  weights: ReadonlyMap<string, Weight>,
  version: string,
  options: InferenceOptions,
): Snapshot {
  const inference = new Inference(config, weights, () => version, options)
  const snapshot: Snapshot = {
    sample: (request, signal) => inference.sample(request, signal),
    score: (items, want) => inference.score(items, want),
    [Symbol.asyncDispose]: async () => {
      if (!contents.delete(snapshot)) return
      await inference.sampler.pause()
      inference.sampler.releaseCache()
      inference.sampler.close()
      for (const weight of weights.values()) disposeWeight(weight)
    },
  }
  contents.set(snapshot, { config, weights })
  return snapshot
}

/** Fields of a configuration that say nothing about what its weights compute. */
const ASIDE: readonly string[] = ['source', 'initializerRange', 'contextLength']

/**
 * The float32 weights of a snapshot, by name, to be copied before it is disposed of.
 *
 * @throws IcrlError `unsupported` for a snapshot of another engine, one that is compressed or one
 * that was disposed of; `invalid-shape` for one of another model than `config`'s
 */
export function floatWeightsOf(
  snapshot: Snapshot,
  config: ModelConfig,
): ReadonlyMap<string, Variable> {
  const found = contents.get(snapshot)
  if (!found)
    throw new IcrlError('restore: the snapshot holds no weights that this policy can read.', {
      code: 'unsupported',
      remedy:
        'Give a snapshot that a LocalPolicy made or loadSnapshot read, before it is disposed of.',
    })
  const differing = (Object.keys(config) as (keyof ModelConfig)[]).filter(
    (key) =>
      !ASIDE.includes(key) && JSON.stringify(found.config[key]) !== JSON.stringify(config[key]),
  )
  if (differing.length > 0)
    throw new IcrlError(
      `restore: the snapshot is of another model: ${differing.map((key) => `${key} ${JSON.stringify(found.config[key])} instead of ${JSON.stringify(config[key])}`).join(', ')}.`,
      { code: 'invalid-shape', remedy: 'Restore a snapshot of a model of the same shape.' },
    )
  const weights = new Map<string, Variable>()
  for (const [name, weight] of found.weights) {
    if ('storage' in weight)
      throw new IcrlError(`restore: the snapshot keeps ${name} in ${weight.storage}.`, {
        code: 'unsupported',
        remedy:
          'Restore a float32 snapshot: leave out `snapshotWeights`, or load with `weights: "float32"`.',
      })
    weights.set(name, weight)
  }
  return weights
}

/**
 * A frozen model from a Hugging Face folder: a reference, a critic or an opponent that never
 * learns. `weights: 'bf16'` keeps its matrices in half the memory; it then gives the bits of the
 * model whose matrices were rounded to bf16. The model goes to the current backend.
 *
 * @throws IcrlError as `loadModelFolder`.
 *
 * @example
 * await selectBackend('auto')
 * await using critic = await loadSnapshot('SmolLM2-135M-Instruct', { weights: 'bf16' })
 */
export async function loadSnapshot(
  directory: string,
  { weights = 'float32', version = 'snapshot', ...options }: SnapshotOptions = {},
): Promise<Snapshot> {
  const { config, parameters } = await readModelFolder(
    directory,
    (values) => keepWeight(values, weights),
    disposeWeight,
  )
  return createSnapshot(config, parameters, version, options)
}
