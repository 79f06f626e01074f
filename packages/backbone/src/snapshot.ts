import type { Snapshot } from '@icrl/core'
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
  return {
    sample: (request, signal) => inference.sample(request, signal),
    score: (items, want) => inference.score(items, want),
    [Symbol.asyncDispose]: async () => {
      await inference.sampler.pause()
      inference.sampler.releaseCache()
      inference.sampler.close()
      for (const weight of weights.values()) disposeWeight(weight)
    },
  }
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
