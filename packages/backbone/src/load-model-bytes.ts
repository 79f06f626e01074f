import type { Variable } from '@tensorflow/tfjs-core'
import { parseModelConfig } from './config.ts'
import { type ModelFolder, readOpened } from './load-model-folder.ts'
import { SafetensorsFile } from './load-safetensors.ts'

/** A model's files, as a page fetches them. */
export interface ModelBytes {
  /** What `config.json` holds, parsed. */
  readonly config: unknown
  /** `[bytes]` the bytes of `model.safetensors`, or of each shard. */
  readonly weights: Uint8Array | readonly Uint8Array[]
}

/**
 * `loadModelFolder` where there is no folder: a model from its files in memory, onto the current
 * TensorFlow.js backend. Runs in a browser.
 *
 * @throws IcrlError as `loadModelFolder`, with `config.json` and `model.safetensors` for paths
 *
 * @example
 * const { config, parameters } = await loadModelBytes({
 *   config: await (await fetch('model/config.json')).json(),
 *   weights: new Uint8Array(await (await fetch('model/model.safetensors')).arrayBuffer()),
 * })
 * const policy = new LocalPolicy(config, parameters)
 */
export async function loadModelBytes({ config, weights }: ModelBytes): Promise<ModelFolder> {
  const given = parseModelConfig(config, 'config.json')
  const shards = weights instanceof Uint8Array ? [weights] : weights
  const files = await Promise.all(shards.map((bytes) => SafetensorsFile.of(bytes)))
  const { parameters, ...rest } = await readOpened(files, given, { weights: 'float32' })
  return { ...rest, parameters: parameters as Map<string, Variable> }
}
