import { join } from '#node'
import type { Adapter } from './adapter.ts'
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  adapterConfigJson,
  storedAdapterName,
} from './adapter-folder.ts'
import { BASE_CHECKSUM } from './load-adapter.ts'
import { copyCompanions, type SaveModelOptions, tensorSources } from './save-model-folder.ts'
import { saveSafetensors } from './save-safetensors.ts'
import type { SharedWeights } from './shared-weights.ts'
import { writeAtomically } from './write-atomically.ts'
import { writeFolderWhole } from './write-folder-whole.ts'

/**
 * Writes an adapter as PEFT does: `adapter_config.json`, then `adapter_model.safetensors` (F32), and
 * the tokenizer's files. A new folder appears whole or not at all; in one that holds files, every
 * file does, the weights last.
 *
 * @throws IcrlError `write-failed`
 */
export async function saveAdapter(
  directory: string,
  { config, parameters }: Adapter,
  base: SharedWeights,
  { tokenizerFrom, metadata }: SaveModelOptions,
): Promise<void> {
  await writeFolderWhole(directory, async (folder) => {
    if (tokenizerFrom !== undefined) await copyCompanions(tokenizerFrom, folder)
    const json = JSON.stringify(adapterConfigJson(config), undefined, 2)
    await writeAtomically(join(folder, ADAPTER_CONFIG), (file) => file.writeFile(`${json}\n`))
    const sources = [...tensorSources(parameters)].map(
      ([name, source]) => [storedAdapterName(name), source] as const,
    )
    await saveSafetensors(join(folder, ADAPTER_WEIGHTS), new Map(sources), {
      format: 'pt',
      [BASE_CHECKSUM]: await base.checksum(),
      ...metadata,
    })
  })
}
