import { join } from 'node:path'
import type { Adapter } from './adapter.ts'
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  adapterConfigJson,
  storedAdapterName,
} from './adapter-folder.ts'
import { BASE_CHECKSUM } from './load-adapter.ts'
import {
  copyCompanions,
  makeFolder,
  type SaveModelOptions,
  tensorSources,
} from './save-model-folder.ts'
import { saveSafetensors } from './save-safetensors.ts'
import type { SharedWeights } from './shared-weights.ts'
import { writeAtomically } from './write-atomically.ts'

/**
 * Writes an adapter as PEFT does: `adapter_config.json`, then `adapter_model.safetensors` (F32), and
 * the tokenizer's files. Every file appears whole or not at all, the weights last.
 *
 * @throws IcrlError `write-failed`
 */
export async function saveAdapter(
  directory: string,
  { config, parameters }: Adapter,
  base: SharedWeights,
  { tokenizerFrom, metadata }: SaveModelOptions,
): Promise<void> {
  await makeFolder(directory)
  if (tokenizerFrom !== undefined) await copyCompanions(tokenizerFrom, directory)
  const json = JSON.stringify(adapterConfigJson(config), undefined, 2)
  await writeAtomically(join(directory, ADAPTER_CONFIG), (file) => file.writeFile(`${json}\n`))
  const sources = [...tensorSources(parameters)].map(
    ([name, source]) => [storedAdapterName(name), source] as const,
  )
  await saveSafetensors(join(directory, ADAPTER_WEIGHTS), new Map(sources), {
    format: 'pt',
    [BASE_CHECKSUM]: await base.checksum(),
    ...metadata,
  })
}
