import { copyFile, join, readdir, resolve } from '#node'
import { fromBf16 } from '@icrl/tfjs-ops'
import type { ModelConfig, ModelFamily } from './config.ts'
import type { FloatType } from './safetensors-header.ts'
import { saveSafetensors, type TensorSource } from './save-safetensors.ts'
import type { Weight } from './weight-storage.ts'
import { writeAtomically, writeFailed } from './write-atomically.ts'
import { writeFolderWhole } from './write-folder-whole.ts'

const ARCHITECTURES: Readonly<Record<ModelFamily, string>> = {
  qwen3: 'Qwen3ForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  llama: 'LlamaForCausalLM',
  mistral: 'MistralForCausalLM',
}

/** Files of a model folder that belong to its tokenizer, or say how to generate. */
const COMPANIONS: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'tokenizer.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
  'generation_config.json',
]

/** What goes into a model folder besides config and weights. */
export interface SaveModelOptions {
  /** Folder whose tokenizer files are copied along. @defaultValue none are */
  readonly tokenizerFrom?: string
  /** Strings for the weights' header. @defaultValue none */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Writes a model in Hugging Face layout: tokenizer files, `config.json`, then `model.safetensors`
 * (F32, and BF16 for matrices kept in that). A new folder appears whole or not at all; in one that
 * holds files, every file does, the weights last.
 *
 * @throws IcrlError `write-failed`
 *
 * @example
 * const { config, parameters } = await loadModelFolder('SmolLM2-135M-Instruct')
 * await saveModelFolder('out', config, parameters, { tokenizerFrom: 'SmolLM2-135M-Instruct' })
 */
export async function saveModelFolder(
  directory: string,
  config: ModelConfig,
  parameters: ReadonlyMap<string, Weight>,
  options: SaveModelOptions = {},
): Promise<void> {
  await saveModel(directory, config, tensorSources(parameters), options)
}

/** `saveModelFolder` of tensors that are computed as they are written. */
export async function saveModel(
  directory: string,
  config: ModelConfig,
  tensors: ReadonlyMap<string, TensorSource>,
  options: SaveModelOptions,
): Promise<void> {
  await writeFolderWhole(directory, async (folder) => {
    if (options.tokenizerFrom !== undefined) await copyCompanions(options.tokenizerFrom, folder)
    // As transformers takes it: the type of the first tensor, the embedding.
    const [{ type = 'F32' }] = tensors.values()
    await writeConfig(folder, config, type)
    await saveSafetensors(join(folder, 'model.safetensors'), tensors, {
      format: 'pt',
      ...options.metadata,
    })
  })
}

/** Names of the element types in a `config.json`. */
const DTYPES: Readonly<Record<FloatType, string>> = {
  F32: 'float32',
  BF16: 'bfloat16',
  F16: 'float16',
}

/** Writes `config.json`; the element type goes where the source has it (`dtype` since transformers 5). */
export async function writeConfig(
  directory: string,
  { family, source }: ModelConfig,
  type: FloatType,
): Promise<void> {
  const field = 'dtype' in source ? 'dtype' : 'torch_dtype'
  const json = { architectures: [ARCHITECTURES[family]], ...source, [field]: DTYPES[type] }
  await writeAtomically(join(directory, 'config.json'), (file) =>
    file.writeFile(`${JSON.stringify(json, undefined, 2)}\n`),
  )
}

/** Weights in the form `saveSafetensors` reads: those kept in bf16 as BF16, the others as F32. */
export function tensorSources(parameters: ReadonlyMap<string, Weight>): Map<string, TensorSource> {
  return new Map([...parameters].map(([name, weight]) => [name, sourceOf(weight)]))
}

function sourceOf(weight: Weight): TensorSource {
  const { shape } = weight
  if (!('storage' in weight)) return { shape, read: () => weight.data<'float32'>() }
  const read = async (): Promise<Float32Array> => {
    const values = fromBf16(weight)
    const read = await values.data<'float32'>()
    values.dispose()
    return read
  }
  return { shape, type: 'BF16', read }
}

/** Copies a model's tokenizer files. */
export async function copyCompanions(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) return
  const present = await readdir(from).catch((): string[] => [])
  for (const name of COMPANIONS.filter((companion) => present.includes(companion))) {
    await copyFile(join(from, name), join(to, name)).catch((cause: unknown) => {
      throw writeFailed(join(to, name), cause)
    })
  }
}
