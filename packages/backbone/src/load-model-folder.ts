import { access, join, readdir } from '#node'
import { IcrlError } from '@icrl/core'
import type { Variable } from '@tensorflow/tfjs-core'
import { type ModelConfig, parseModelConfig } from './config.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { type LoadProgress, loadWeights, type LoadWeightsOptions } from './load-weights.ts'
import { placeTensors } from './place-tensors.ts'
import { readJson } from './read-json.ts'
import { corrupt } from './safetensors-header.ts'
import type { Weight } from './weight-storage.ts'

/** A model read from a Hugging Face folder. */
export interface ModelFolder {
  /** What `config.json` says, with untied embeddings if a head of other values is stored. */
  readonly config: ModelConfig
  /** Float32 variables by name; the caller disposes of them. */
  readonly parameters: Map<string, Variable>
  /** The metadata strings of the weights' header (of the first shard's). */
  readonly metadata: Readonly<Record<string, string>>
}

/** What {@link loadModelFolder} may be told. */
export interface LoadModelOptions {
  /** Told after each piece of the weights. @defaultValue nobody is told */
  onProgress?(progress: LoadProgress): void
}

const WEIGHTS = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'

/**
 * Reads `config.json` and the weights (`model.safetensors`, or its shards through
 * `model.safetensors.index.json`; F32, BF16 or F16) of a Hugging Face folder onto the current
 * TensorFlow.js backend.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`, `invalid-shape`, `vocabulary-mismatch`,
 * `non-finite` or `unsupported`, naming file and tensor; no tensor stays allocated.
 *
 * @example
 * const { config, parameters } = await loadModelFolder('SmolLM2-135M-Instruct', {
 *   onProgress: ({ loaded, total }) => console.log(`${Math.floor((100 * loaded) / total)}%`),
 * })
 */
export async function loadModelFolder(
  directory: string,
  options: LoadModelOptions = {},
): Promise<ModelFolder> {
  const { parameters, ...rest } = await readModelFolder(directory, {
    ...options,
    weights: 'float32',
  })
  return { ...rest, parameters: parameters as Map<string, Variable> }
}

/**
 * Reads the `config.json` of a Hugging Face folder alone: what the model is, before its weights are
 * read.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`, `unsupported`
 *
 * @example
 * const { contextLength } = await readModelConfig('SmolLM2-135M-Instruct')
 */
export async function readModelConfig(directory: string): Promise<ModelConfig> {
  const path = join(directory, 'config.json')
  const remedy = 'Give the folder of a Hugging Face model, with its config.json.'
  return parseModelConfig(await readJson(path, remedy), path)
}

/** `loadModelFolder` that keeps matrices as it is told. */
export async function readModelFolder(
  directory: string,
  options: LoadWeightsOptions,
): Promise<Omit<ModelFolder, 'parameters'> & { parameters: Map<string, Weight> }> {
  const given = await readModelConfig(directory)
  return readOpened(await openWeights(directory), given, options)
}

/** The model in files that were opened for it, which are closed. */
export async function readOpened(
  files: readonly SafetensorsFile[],
  given: ModelConfig,
  options: LoadWeightsOptions,
): Promise<Omit<ModelFolder, 'parameters'> & { parameters: Map<string, Weight> }> {
  try {
    const { config, placed } = await placeTensors(files, given)
    const parameters = await loadWeights(placed, options)
    return { config, parameters, metadata: files[0].header.metadata }
  } finally {
    await Promise.all(files.map((file) => file[Symbol.asyncDispose]()))
  }
}

/** Opens the files of a folder's weights; the caller closes them. */
export async function openWeights(directory: string): Promise<SafetensorsFile[]> {
  const single = join(directory, WEIGHTS)
  const exists = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    )
  if ((await exists(single)) || !(await exists(join(directory, INDEX))))
    return [await openFile(directory, WEIGHTS)]
  const path = join(directory, INDEX)
  const index = await readJson(path, 'Download the model again.')
  const names = Object.values(
    (index as { weight_map?: Record<string, unknown> } | null)?.weight_map ?? {},
  )
  if (names.length === 0 || !names.every((name) => typeof name === 'string'))
    throw corrupt(path, 'its weight_map does not name files.')
  const outside = (names as string[]).find((name) => /[\\/]/.test(name))
  if (outside !== undefined)
    throw corrupt(path, `its weight_map names "${outside}", which is no file of this folder.`)
  const files: SafetensorsFile[] = []
  try {
    for (const name of new Set(names as string[])) files.push(await openFile(directory, name))
    return files
  } catch (error) {
    await Promise.all(files.map((file) => file[Symbol.asyncDispose]()))
    throw error
  }
}

/** @throws `missing-file`, saying what else the folder holds */
async function openFile(directory: string, name: string): Promise<SafetensorsFile> {
  const entries = await readdir(directory, { recursive: true }).catch((): string[] => [])
  if (entries.length === 0 || entries.includes(name))
    return SafetensorsFile.open(join(directory, name))
  const unfinished = entries.find((entry) => /\.(incomplete|part|crdownload|aria2)$/.test(entry))
  const other = entries.find((entry) => /^(pytorch_model.*\.bin|.*\.(gguf|pth|onnx))$/.test(entry))
  const [also, remedy] =
    unfinished !== undefined
      ? [`; ${unfinished} is a part of a download`, 'Finish the download: nothing else is missing.']
      : name !== WEIGHTS
        ? [`, which ${INDEX} names`, 'Download the missing shard, or the model again.']
        : other !== undefined
          ? [`, but ${other}`, 'Use weights as safetensors: transformers writes them.']
          : ['', 'Check the model folder; it must hold model.safetensors.']
  throw new IcrlError(`${join(directory, name)}: the weights are not there${also}.`, {
    code: 'missing-file',
    remedy,
  })
}
