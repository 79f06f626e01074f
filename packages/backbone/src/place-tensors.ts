import { IcrlError } from '@icrl/core'
import type { ModelConfig } from './config.ts'
import { EMBEDDING, HEAD } from './decoder-weights.ts'
import type { SafetensorsFile } from './load-safetensors.ts'
import { parameterShapes } from './parameter-shapes.ts'
import { corrupt, floatTypeOf, type StoredTensor } from './safetensors-header.ts'

/** A tensor of a file: where a parameter's values are. */
export interface PlacedTensor {
  readonly file: SafetensorsFile
  /** Its name in the file. */
  readonly name: string
}

/**
 * Finds every parameter's tensor, and refuses what is missing, misshapen or unknown before any
 * weight is loaded. As transformers does, it
 *
 * - takes names without `model.`, which a base model has when it is saved alone;
 * - takes the tied matrix by either of its names;
 * - unties a head that is stored with other values than the embedding, whatever `config.json` says;
 * - passes over buffers: tables of rotary embeddings, and what is stored as no type of weights.
 *
 * @returns the tensors by parameter, and the configuration they belong to
 * @throws IcrlError `corrupt-file`, `invalid-shape`, `vocabulary-mismatch` or `unsupported`, naming
 * file and tensor
 */
export async function placeTensors(
  files: readonly SafetensorsFile[],
  given: ModelConfig,
): Promise<{ config: ModelConfig; placed: ReadonlyMap<string, PlacedTensor> }> {
  const [embedding, head] = [find(files, EMBEDDING), find(files, HEAD)]
  const isTied =
    given.tiedEmbeddings &&
    (embedding === undefined || head === undefined || (await isSame(embedding, head)))
  const config = isTied || !given.tiedEmbeddings ? given : untied(given)
  const shapes = parameterShapes(config)
  const placed = new Map<string, PlacedTensor>()
  for (const [name, shape] of shapes) {
    const tensor = find(files, name) ?? (isTied && name === EMBEDDING ? head : undefined)
    if (tensor === undefined)
      throw corrupt(
        files[0].path,
        `tensor ${name} is missing${name === HEAD ? ', and config.json ties no embeddings (tie_word_embeddings)' : ''}.`,
      )
    checkShape(tensor, name, shape)
    floatTypeOf(tensor.file.path, tensor.name, tensor.file.tensor(tensor.name))
    placed.set(name, tensor)
  }
  const used = new Set(
    [...placed.values(), ...(isTied && head ? [head] : [])].map(({ name }) => name),
  )
  for (const { path, header } of files) {
    const stranger = [...header.tensors].find(
      ([name, tensor]) => !used.has(name) && !isBuffer(name, tensor),
    )
    if (stranger !== undefined)
      throw new IcrlError(
        `${path}: tensor ${stranger[0]} has no place in this ${config.family} model.`,
        {
          code: 'unsupported',
          remedy: 'Use a plain causal language model whose config.json belongs to these weights.',
        },
      )
  }
  return { config, placed }
}

const BASE = 'model.'

/** The tensor of a parameter, by its own name or by the one it has in a base model. */
function find(files: readonly SafetensorsFile[], parameter: string): PlacedTensor | undefined {
  const names = parameter.startsWith(BASE) ? [parameter, parameter.slice(BASE.length)] : [parameter]
  for (const name of names) {
    const [file, other] = files.filter(({ header }) => header.tensors.has(name))
    if (other !== undefined)
      throw corrupt(other.path, `tensor ${name} is stored in ${file.path}, too.`)
    if (file !== undefined) return { file, name }
  }
  return undefined
}

/** Values compared at once. */
const BLOCK = 1 << 22

/** Whether two tensors hold the same numbers, bit for bit once they are widened. */
async function isSame(a: PlacedTensor, b: PlacedTensor): Promise<boolean> {
  const [one, other] = [a, b].map(({ file, name }) => file.tensor(name).shape)
  if (one.join() !== other.join()) return false
  const size = one.reduce((product, length) => product * length, 1)
  for (let from = 0; from < size; from += BLOCK) {
    const range = { from, to: Math.min(size, from + BLOCK) }
    const [left, right] = await Promise.all([a, b].map(({ file, name }) => file.read(name, range)))
    const [x, y] = [left, right].map(
      ({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length),
    )
    if (x.some((bits, i) => bits !== y[i])) return false
  }
  return true
}

/** The configuration of what is stored; saved with the weights, it says so too. */
function untied(config: ModelConfig): ModelConfig {
  const source = { ...config.source, tie_word_embeddings: false }
  return { ...config, tiedEmbeddings: false, source }
}

const TABLES = /(^|\.)rotary_emb\.(inv_freq|cos_cached|sin_cached)$/
const WEIGHT_TYPES: ReadonlySet<string> = new Set(['F32', 'BF16', 'F16'])

/** Parameters have their names: what else is stored as integers or float64 is no weight of theirs. */
function isBuffer(name: string, { type }: StoredTensor): boolean {
  return TABLES.test(name) || !WEIGHT_TYPES.has(type)
}

function checkShape(
  { file, name }: PlacedTensor,
  parameter: string,
  wanted: readonly number[],
): void {
  const { shape } = file.tensor(name)
  if (shape.join() === wanted.join()) return
  const message = `${file.path}: tensor ${name} has shape [${shape.join(', ')}], config.json says [${wanted.join(', ')}].`
  const onlyVocabulary = parameter === EMBEDDING && shape[1] === wanted[1]
  throw new IcrlError(message, {
    code: onlyVocabulary ? 'vocabulary-mismatch' : 'invalid-shape',
    remedy: onlyVocabulary
      ? 'Correct vocab_size in config.json, or use the weights it belongs to.'
      : 'Use the config.json that belongs to these weights.',
  })
}
