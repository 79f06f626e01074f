import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { IcrlError, isIcrlError } from '@icrl/core'
import { CARD, checkShards, dataFiles, splitFiles } from './dataset-files.ts'
import { datasetName, parseDatasetName } from './dataset-name.ts'
import { cachedSnapshot } from './hub-cache.ts'
import { hubSettings } from './hub-settings.ts'

/** A file of a data set in the cache. */
export interface CachedFile {
  /** On this machine. */
  readonly file: string
  /** `hf:owner/name/path@commit`, for records. */
  readonly name: string
}

/**
 * The files of a split of a data set that `icrl download --dataset` brought. Nothing is downloaded
 * here.
 *
 * @param text `hf:owner/name#split`, see `parseDatasetName`
 * @throws `missing-file` for what is not in the cache, with the command that brings it
 */
export async function cachedDataset(text: string): Promise<CachedFile[]> {
  const wanted = parseDatasetName(text)
  const { repository } = wanted
  const name = datasetName(wanted)
  const absent = (): IcrlError =>
    new IcrlError(`tasks: the data set ${name} is not in the cache of the hub.`, {
      code: 'missing-file',
      remedy: `icrl download --dataset ${name}`,
    })
  const folder = await cachedSnapshot(hubSettings().cache, repository)
  if (folder === undefined) throw absent()
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name: file }) => ({
      path: join(parentPath, file)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    }))
  if (dataFiles(files).length === 0) throw absent()
  const card = await readFile(join(folder, CARD), 'utf8').catch(() => '')
  const found = await splitFiles(files, card, wanted).catch((error: unknown) => {
    // Perhaps only another split was brought.
    throw isIcrlError(error, 'missing-file') ? absent() : error
  })
  checkShards(found, name)
  const commit = basename(folder)
  return found.map(({ path }) => ({
    file: join(folder, path),
    name: `hf:${repository.repository}/${path}@${commit}`,
  }))
}
