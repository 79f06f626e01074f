import { type LoadModelOptions, loadModelFolder, type ModelFolder } from './load-model-folder.ts'
import { loadMasters } from './masters.ts'
import type { LearningParameters } from './optimizer.ts'
import {
  disposeWeight,
  keepTrainable,
  type Trainable,
  type WeightStorage,
} from './weight-storage.ts'

/** A model's weights, all of which can learn. */
export interface TrainableFolder extends Omit<ModelFolder, 'parameters'> {
  readonly parameters: LearningParameters
}

/**
 * Reads a model folder to be trained. `bf16` keeps matrices in bf16 with their float32 masters, which
 * are exact if the folder was saved from such a policy.
 *
 * @throws IcrlError as `loadModelFolder`
 */
export async function loadTrainable(
  directory: string,
  { weights, ...options }: LoadModelOptions & { readonly weights: WeightStorage },
): Promise<TrainableFolder> {
  const { parameters: read, ...rest } = await loadModelFolder(directory, options)
  if (weights === 'float32') return { ...rest, parameters: read }
  const parameters = new Map<string, Trainable>()
  try {
    for (const [name, weight] of read) {
      parameters.set(name, keepTrainable(weight, weights))
      weight.dispose()
    }
    await loadMasters(directory, parameters, rest.metadata)
    return { ...rest, parameters }
  } catch (error) {
    for (const weight of [...read.values(), ...parameters.values()])
      if (!isDisposed(weight)) disposeWeight(weight)
    throw error
  }
}

function isDisposed(weight: Trainable): boolean {
  return 'storage' in weight ? weight.bits.isDisposed : weight.isDisposed
}
