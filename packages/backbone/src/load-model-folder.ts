import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { IcrlError } from '@icrl/core'
import { tensor, variable } from '@tensorflow/tfjs-core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { type ModelConfig, parseModelConfig } from './config.ts'
import { EMBEDDING } from './decoder-weights.ts'
import { SafetensorsFile } from './load-safetensors.ts'
import { parameterShapes } from './parameter-shapes.ts'
import { readJson } from './read-json.ts'
import { corrupt } from './safetensors-header.ts'

/** A model read from a Hugging Face folder. */
export interface ModelFolder {
  readonly config: ModelConfig
  /** Float32 variables by name; the caller disposes of them. */
  readonly parameters: Map<string, Variable>
  /** The metadata strings of the weights' header (of the first shard's). */
  readonly metadata: Readonly<Record<string, string>>
}

const WEIGHTS = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'

/**
 * Reads `config.json` and the weights (`model.safetensors`, or its shards through
 * `model.safetensors.index.json`; F32, BF16 or F16) of a Hugging Face folder onto the current
 * TensorFlow.js backend.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`, `invalid-shape`, `vocabulary-mismatch` or
 * `unsupported`, naming file and tensor; no tensor stays allocated.
 *
 * @example
 * const { config, parameters } = await loadModelFolder('SmolLM2-135M-Instruct')
 */
export async function loadModelFolder(directory: string): Promise<ModelFolder> {
  return readModelFolder(
    directory,
    (values) => variable(values),
    (parameter) => parameter.dispose(),
  )
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

/**
 * `loadModelFolder` that stores each tensor as `keep` returns it; the tensor given to `keep` is
 * disposed of. After an error, `drop` frees what was kept.
 */
export async function readModelFolder<Kept>(
  directory: string,
  keep: (values: Tensor) => Kept,
  drop: (kept: Kept) => void,
): Promise<Omit<ModelFolder, 'parameters'> & { parameters: Map<string, Kept> }> {
  const config = await readModelConfig(directory)
  const files = await openWeights(directory)
  const parameters = new Map<string, Kept>()
  try {
    const placed = placeTensors(files, config)
    for (const [name, file] of placed) {
      const values = tensor(await file.read(name), [...file.tensor(name).shape])
      parameters.set(name, keep(values))
      values.dispose()
    }
    return { config, parameters, metadata: files[0].header.metadata }
  } catch (error) {
    for (const parameter of parameters.values()) drop(parameter)
    throw error
  } finally {
    await Promise.all(files.map((file) => file[Symbol.asyncDispose]()))
  }
}

async function openWeights(directory: string): Promise<SafetensorsFile[]> {
  const single = join(directory, WEIGHTS)
  const exists = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    )
  if ((await exists(single)) || !(await exists(join(directory, INDEX))))
    return [await SafetensorsFile.open(single)]
  const path = join(directory, INDEX)
  const index = await readJson(path, 'Download the model again.')
  const names = Object.values(
    (index as { weight_map?: Record<string, unknown> } | null)?.weight_map ?? {},
  )
  if (names.length === 0 || !names.every((name) => typeof name === 'string'))
    throw corrupt(path, 'its weight_map does not name files.')
  const files: SafetensorsFile[] = []
  try {
    for (const name of new Set(names as string[]))
      files.push(await SafetensorsFile.open(join(directory, name)))
    return files
  } catch (error) {
    await Promise.all(files.map((file) => file[Symbol.asyncDispose]()))
    throw error
  }
}

/**
 * Finds the file that holds each parameter. Refuses missing, misshapen and unknown tensors before
 * any is read.
 */
function placeTensors(
  files: readonly SafetensorsFile[],
  config: ModelConfig,
): Map<string, SafetensorsFile> {
  const shapes = parameterShapes(config)
  const placed = new Map<string, SafetensorsFile>()
  for (const [name, shape] of shapes) {
    const file = files.find(({ header }) => header.tensors.has(name)) ?? files[0]
    checkTensorShape(file.path, name, file.tensor(name).shape, shape)
    placed.set(name, file)
  }
  for (const { path, header } of files) {
    const stranger = [...header.tensors.keys()].find(
      (name) => !shapes.has(name) && !isRedundant(name, config),
    )
    if (stranger !== undefined) {
      throw new IcrlError(
        `${path}: tensor ${stranger} has no place in this ${config.family} model.`,
        {
          code: 'unsupported',
          remedy: 'Use a plain causal language model whose config.json belongs to these weights.',
        },
      )
    }
  }
  return placed
}

/** Old checkpoints store rotary tables, and a tied head twice. */
function isRedundant(name: string, { tiedEmbeddings }: ModelConfig): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (tiedEmbeddings && name === 'lm_head.weight')
}

function checkTensorShape(
  path: string,
  name: string,
  found: readonly number[],
  wanted: readonly number[],
): void {
  if (found.join() === wanted.join()) return
  const message = `${path}: tensor ${name} has shape [${found.join(', ')}], config.json says [${wanted.join(', ')}].`
  const onlyVocabulary = name === EMBEDDING && found[1] === wanted[1]
  throw new IcrlError(message, {
    code: onlyVocabulary ? 'vocabulary-mismatch' : 'invalid-shape',
    remedy: onlyVocabulary
      ? 'Correct vocab_size in config.json, or use the weights it belongs to.'
      : 'Use the config.json that belongs to these weights.',
  })
}
