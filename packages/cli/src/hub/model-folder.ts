import { access } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { IcrlError } from '@icrl/core'
import { noFolder } from '../config/no-run.ts'
import { cachedSnapshot } from './hub-cache.ts'
import { hubSettings } from './hub-settings.ts'
import { type HubRepository, hubName, isHubName, mayBeHubName, parseHubName } from './hub-name.ts'

/**
 * The folder of a model that a configuration or a command line names: a path, `hf:owner/name`, or
 * `owner/name` if no such folder exists. Nothing is downloaded here.
 *
 * @param model as it is written
 * @param from what a path is relative to
 * @returns an absolute path; for a name that can only be a path it need not exist
 * @throws `missing-file` for a model of the hub that is not in the cache, with the command that
 * brings it; `invalid-option` for `hf:` with what is no name
 * @example
 * import { modelFolder } from 'icrl'
 * const folder = await modelFolder('hf:Qwen/Qwen3-0.6B', '.')
 */
export async function modelFolder(model: string, from: string): Promise<string> {
  if (isHubName(model)) return cachedModel(parseHubName(model))
  const folder = resolve(from, model)
  if (!mayBeHubName(model) || (await exists(folder))) return folder
  return cachedModel(parseHubName(model), folder)
}

/**
 * A model's name that means the same from everywhere: an absolute path, or `hf:owner/name`.
 */
export async function absoluteModel(model: string): Promise<string> {
  if (isHubName(model)) return model
  const folder = resolve(model)
  return mayBeHubName(model) && !(await exists(folder)) ? `hf:${model}` : folder
}

/** A model's name as a run stores it: a path relative to the run's folder, or one of the hub. */
export function storedModel(model: string, run: string): string {
  return isHubName(model) ? model : resolve(run, model)
}

async function cachedModel(model: HubRepository, folder?: string): Promise<string> {
  const found = await cachedSnapshot(hubSettings().cache, model)
  if (found !== undefined && (await exists(join(found, 'config.json')))) return found
  const name = hubName(model)
  // Beside folders that are there a path is more likely than a model of the hub.
  if (folder !== undefined && (await exists(dirname(folder))))
    throw noFolder(relative('.', folder), 'Check the path: its parent folder is there.')
  const [place, path] =
    folder === undefined
      ? ['', '']
      : [`there is no folder ${folder}, and `, 'Check the path; a model of the hub is brought by: ']
  throw new IcrlError(`model: ${place}the model ${name} is not in the cache of the hub.`, {
    code: 'missing-file',
    remedy: `${path}icrl download ${name}`,
  })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
