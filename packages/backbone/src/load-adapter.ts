import { access, dirname, join, resolve } from '#node'
import { IcrlError } from '@icrl/core'
import { tensor, variable } from '@tensorflow/tfjs-core'
import type { Variable } from '@tensorflow/tfjs-core'
import { type Adapter, adapterShapes } from './adapter.ts'
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  type AdapterConfig,
  parseAdapterConfig,
  storedAdapterName,
} from './adapter-folder.ts'
import type { ModelConfig } from './config.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { readJson } from './read-json.ts'
import type { SharedWeights } from './shared-weights.ts'

/** An adapter read from a folder, and the metadata strings of its file's header. */
export interface LoadedAdapter extends Adapter {
  readonly metadata: Readonly<Record<string, string>>
}

/** The header's entry that tells one base from another. */
export const BASE_CHECKSUM = 'base_sha256'

const REMEDY = 'Give the folder of a PEFT adapter (adapter_config.json, adapter_model.safetensors).'

/** Whether a folder holds an adapter, not a model. */
export async function isAdapterFolder(directory: string): Promise<boolean> {
  return isThere(join(directory, ADAPTER_CONFIG))
}

/**
 * Reads the `adapter_config.json` of a PEFT folder.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`, `unsupported`
 */
export async function readAdapterConfig(directory: string): Promise<AdapterConfig> {
  const path = join(directory, ADAPTER_CONFIG)
  return parseAdapterConfig(await readJson(path, REMEDY), path)
}

/**
 * The folder of a model, or of the base that a PEFT folder names: an absolute path, or one relative
 * to the working directory or to the adapter's parent.
 *
 * @throws IcrlError `missing-file` if the base is no folder here
 *
 * @example
 * const config = await readModelConfig(await baseFolderOf('runs/solver/model'))
 */
export async function baseFolderOf(directory: string): Promise<string> {
  if (!(await isAdapterFolder(directory))) return directory
  const { base } = await readAdapterConfig(directory)
  const remedy = 'Download it, and give its folder as `base`.'
  if (base === undefined)
    throw new IcrlError(`${directory} holds an adapter that does not name its base.`, {
      code: 'missing-file',
      remedy,
    })
  for (const folder of [resolve(base), resolve(dirname(resolve(directory)), base)])
    if (await isThere(join(folder, 'config.json'))) return folder
  throw new IcrlError(`${directory} holds an adapter of ${base}, which is not a folder here.`, {
    code: 'missing-file',
    remedy,
  })
}

/**
 * Reads an adapter of a model.
 *
 * @param base the model's weights
 * @throws IcrlError `missing-file`, `corrupt-file`, `unsupported`; `invalid-shape` for an adapter of
 * another model
 */
export async function loadAdapter(
  directory: string,
  model: ModelConfig,
  base: SharedWeights,
): Promise<LoadedAdapter> {
  const config = await readAdapterConfig(directory)
  await using file = await SafetensorsFile.open(join(directory, ADAPTER_WEIGHTS))
  const { metadata } = file.header
  const shapes = adapterShapes(model, config)
  for (const [name, shape] of shapes) checkTensor(file, name, shape, config)
  checkNoOther(file, shapes)
  const stored = metadata[BASE_CHECKSUM]
  if (stored !== undefined && stored !== (await base.checksum()))
    throw another(file.path, config, 'its weights are not those that it was trained over')
  const parameters = new Map<string, Variable>()
  for (const [name, shape] of shapes) {
    const values = tensor(await file.read(storedAdapterName(name)), shape)
    parameters.set(name, variable(values))
    values.dispose()
  }
  return { config, parameters, metadata }
}

function checkTensor(
  { path, header }: SafetensorsFile,
  name: string,
  wanted: readonly number[],
  config: AdapterConfig,
): void {
  const found = header.tensors.get(storedAdapterName(name))?.shape
  if (found?.join() === wanted.join()) return
  throw another(
    path,
    config,
    `${name} ${found === undefined ? 'is missing' : `has shape [${found.join(', ')}]`}, this model needs [${wanted.join(', ')}]`,
  )
}

function checkNoOther(
  { path, header }: SafetensorsFile,
  shapes: ReadonlyMap<string, unknown>,
): void {
  const known = new Set([...shapes.keys()].map(storedAdapterName))
  const strange = [...header.tensors.keys()].find((name) => !known.has(name))
  if (strange !== undefined)
    throw new IcrlError(`${path}: tensor ${strange} has no place in this model.`, {
      code: 'invalid-shape',
      remedy: 'Load it with the model that it was trained over.',
    })
}

function another(path: string, { base }: AdapterConfig, why: string): IcrlError {
  return new IcrlError(`${path}: an adapter of another model (${base ?? 'unnamed'}): ${why}.`, {
    code: 'invalid-shape',
    remedy: 'Load it with the model that it was trained over.',
  })
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
