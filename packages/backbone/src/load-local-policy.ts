import { loadModelFolder } from './load-model-folder.ts'
import { LocalPolicy, type LocalPolicyOptions } from './local-policy.ts'

/**
 * Loads a policy from a Hugging Face folder (`config.json` and safetensors) onto the current
 * TensorFlow.js backend, so select that first. The optimizer is fresh; `policy.load` continues a
 * saved one. `save` copies the folder's tokenizer files along.
 *
 * @throws IcrlError as `loadModelFolder`.
 *
 * @example
 * await selectBackend('auto')
 * const policy = await loadLocalPolicy('SmolLM2-135M-Instruct', {
 *   optimizer: { weightDecay: 0.1 },
 * })
 */
export async function loadLocalPolicy(
  directory: string,
  options: LocalPolicyOptions = {},
): Promise<LocalPolicy> {
  const { config, parameters } = await loadModelFolder(directory)
  return new LocalPolicy(config, parameters, { tokenizerFrom: directory, ...options })
}
