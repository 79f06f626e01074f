import { IcrlError, type Snapshot } from '@icrl/core'
import { isSplit } from '@icrl/tfjs-ops'
import { isSameAdapter } from './adapter.ts'
import type { ModelConfig } from './config.ts'
import { Inference, type InferenceOptions } from './inference.ts'
import { type LoadModelOptions, readModelFolder } from './load-model-folder.ts'
import { decoderOf, disposeModel, type ModelInMemory } from './model-in-memory.ts'
import { SharedWeights } from './shared-weights.ts'
import type { Weight, WeightStorage } from './weight-storage.ts'

/** Settings of a model that only samples and scores. */
export interface SnapshotOptions extends InferenceOptions, LoadModelOptions {
  /** How the copy keeps its matrices. @defaultValue `float32` */
  readonly weights?: WeightStorage
  /** Names the weights in generations. @defaultValue `snapshot` */
  readonly version?: string
}

/** What a snapshot is made of, until it is disposed of. */
const contents = new WeakMap<Snapshot, ModelInMemory>()

/**
 * A model that samples and scores, and frees what it holds of its weights when it is disposed of.
 */
export function createSnapshot(
  model: ModelInMemory,
  version: string,
  options: InferenceOptions,
): Snapshot {
  const inference = new Inference(decoderOf(model, true), () => version, options)
  const snapshot: Snapshot = {
    sample: (request, signal) => inference.sample(request, signal),
    score: (items, want) => inference.score(items, want),
    [Symbol.asyncDispose]: async () => {
      if (!contents.delete(snapshot)) return
      await inference.sampler.pause()
      inference.sampler.releaseCache()
      inference.sampler.close()
      disposeModel(model)
    },
  }
  contents.set(snapshot, model)
  return snapshot
}

/** Fields of a configuration that say nothing about what its weights compute. */
const ASIDE: readonly string[] = ['source', 'initializerRange', 'contextLength']

/**
 * The weights of a snapshot that a policy of this model learns, by name, to be copied before it is
 * disposed of: the adapter's, or all.
 *
 * @throws IcrlError `unsupported` for a snapshot of another engine, one that is compressed or one
 * that was disposed of; `invalid-shape` for one of another model
 */
export function learnedWeightsOf(
  snapshot: Snapshot,
  { config, base, adapter }: ModelInMemory,
): ReadonlyMap<string, Weight> {
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
  if (adapter !== undefined || found.adapter !== undefined) {
    if (
      found.base === base &&
      found.adapter !== undefined &&
      adapter !== undefined &&
      isSameAdapter(found.adapter.config, adapter.config)
    )
      return found.adapter.parameters
    throw new IcrlError('restore: the snapshot has another adapter, or another base below it.', {
      code: 'invalid-shape',
      remedy: 'Restore a snapshot of this policy, or of one with such an adapter over this base.',
    })
  }
  for (const [name, weight] of found.base.parameters) {
    const [kept, own] = [weight, base.parameters.get(name)!].map(keptAs)
    if (kept !== own)
      throw new IcrlError(`restore: the snapshot keeps ${name} in ${kept}, the policy in ${own}.`, {
        code: 'unsupported',
        remedy:
          'Restore a snapshot that keeps its weights as the policy does: with the same `weights`, and without `snapshotWeights: "bf16"`.',
      })
  }
  return found.base.parameters
}

function keptAs(weight: Weight): string {
  if (isSplit(weight)) return 'bf16 with masters'
  return 'storage' in weight ? weight.storage : 'float32'
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
  { weights = 'float32', version = 'snapshot', onProgress, ...options }: SnapshotOptions = {},
): Promise<Snapshot> {
  const { config, parameters } = await readModelFolder(directory, { weights, onProgress })
  return createSnapshot({ config, base: new SharedWeights(parameters) }, version, options)
}
