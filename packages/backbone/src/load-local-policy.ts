import { IcrlError } from '@icrl/core'
import { baseFolderOf, isAdapterFolder, loadAdapter } from './load-adapter.ts'
import { type LoadModelOptions, readModelFolder } from './load-model-folder.ts'
import { loadTrainable } from './load-trainable.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'
import { SharedWeights } from './shared-weights.ts'
import type { WeightStorage } from './weight-storage.ts'

/** Settings of a policy that is read from a folder. */
export interface LoadPolicyOptions extends LocalPolicyOptions, LoadModelOptions {
  /**
   * How the matrices are kept: in `float32`, or in `bf16`, which is what is computed with, in
   * float32. Below an `adapter` this takes half the memory. Without one, their float32 masters are
   * kept beside them and learn: the memory is the same, and `save` writes BF16.
   *
   * @defaultValue `float32`
   */
  readonly weights?: WeightStorage
  /** For the folder of an adapter: that of its base. @defaultValue the one that it names */
  readonly base?: string
}

/**
 * Loads a policy from a Hugging Face folder (`config.json` and safetensors) onto the current
 * TensorFlow.js backend, so select that first. From a PEFT folder (`adapter_config.json`) it loads
 * the base that it names, and the adapter learns. The optimizer is fresh; `policy.load` continues a
 * saved one. `save` copies the folder's tokenizer files along.
 *
 * @throws IcrlError as `loadModelFolder`; `invalid-shape` for an adapter of another base
 *
 * @example
 * await selectBackend('auto')
 * const policy = await loadLocalPolicy('SmolLM2-135M-Instruct', {
 *   optimizer: { weightDecay: 0.1 },
 * })
 * const cheaper = await loadLocalPolicy('Qwen3-4B', {
 *   adapter: { rank: 32 },
 *   weights: 'bf16',
 * })
 */
export async function loadLocalPolicy(
  directory: string,
  { weights = 'float32', base: given, onProgress, ...options }: LoadPolicyOptions = {},
): Promise<LocalPolicy> {
  const hasAdapter = await isAdapterFolder(directory)
  if (hasAdapter && options.adapter !== undefined)
    throw new IcrlError(`${directory} holds an adapter, and another one is asked for.`, {
      code: 'invalid-option',
      remedy: 'Leave out `adapter` to train the one in the folder, or merge that first.',
    })
  const folder = given ?? (await baseFolderOf(directory))
  const learns = !hasAdapter && options.adapter === undefined
  const { config, parameters } = learns
    ? await loadTrainable(folder, { weights, onProgress })
    : await readModelFolder(folder, { weights, onProgress })
  const base = new SharedWeights(parameters)
  try {
    const adapter = hasAdapter ? await loadAdapter(directory, config, base) : options.adapter
    return new LocalPolicy(config, base, { tokenizerFrom: folder, ...options, adapter })
  } catch (error) {
    base.release()
    throw error
  }
}
