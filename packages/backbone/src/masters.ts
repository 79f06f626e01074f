import { access, join } from '#node'
import { isSplit } from '@icrl/tfjs-ops'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { SafetensorsFile } from './load-safetensors.ts'
import type { LearningParameters } from './optimizer.ts'
import { corrupt } from './safetensors-header.ts'
import { writeSafetensors } from './save-safetensors.ts'
import { readLike, storedVariable } from './stored-variable.ts'

/**
 * What the bf16 weights of a folder leave of their float32 masters: two int16 in an int32, under the
 * names of the weights.
 */
const FILE = 'masters.safetensors'

/** Writes what masters have beyond bf16. Nothing if no weight has masters. */
export async function saveMasters(
  directory: string,
  parameters: LearningParameters,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const split = [...parameters].flatMap(([name, weight]) =>
    isSplit(weight) ? [[name, storedVariable(weight.low)] as const] : [],
  )
  if (split.length > 0) await writeSafetensors(join(directory, FILE), new Map(split), metadata)
}

/**
 * Completes masters that were read from a folder's bf16 weights. A folder without the file holds
 * bf16 weights alone: these are the masters.
 *
 * @param metadata the metadata of the weights' header; if the masters' file has other counts, a save
 * was interrupted
 */
export async function loadMasters(
  directory: string,
  parameters: LearningParameters,
  { updates, restarts }: Readonly<Record<string, string>>,
): Promise<void> {
  const path = join(directory, FILE)
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  await using file = await SafetensorsFile.open(path)
  const { metadata } = file.header
  if (metadata['updates'] !== updates || metadata['restarts'] !== restarts)
    throw corrupt(
      path,
      'it is of another update than the weights beside it: the save was interrupted.',
    )
  const loaded: { low: Variable; values: Tensor }[] = []
  try {
    for (const [name, weight] of parameters)
      if (isSplit(weight))
        loaded.push({ low: weight.low, values: await readLike(file, name, weight.low) })
    for (const { low, values } of loaded) low.assign(values)
  } finally {
    for (const { values } of loaded) values.dispose()
  }
}
