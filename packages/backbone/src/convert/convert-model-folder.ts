import { join } from '#node'
import { encodeFloats } from '../encode-floats.ts'
import type { FloatType } from '../safetensors-header.ts'
import { copyCompanions, writeConfig } from '../save-model-folder.ts'
import { storedBytes, type StoredPieces, writeSafetensors } from '../save-safetensors.ts'
import { writeAtomically } from '../write-atomically.ts'
import { writeFolderWhole } from '../write-folder-whole.ts'
import type { Conversion } from './convert-to-gguf.ts'
import { type MergeOptions, type ModelSource, openModelSource } from './model-source.ts'
import { requireAbsent, requireSpace } from './output.ts'
import { blocksOf, type WeightRows } from './weight-rows.ts'

/** Element types of a folder's weights. */
export type ModelDtype = 'float32' | 'bf16' | 'f16'

/** Options of {@link convertModelFolder}. */
export interface ConvertModelFolderOptions extends MergeOptions {
  /**
   * BF16 and F16 are rounded to the nearest, ties to even.
   *
   * @defaultValue each tensor as it is stored
   */
  readonly dtype?: ModelDtype
  /** Most bytes of tensors in one file, but for a tensor that is larger alone. @defaultValue 5e9 */
  readonly maxShardBytes?: number
}

const TYPES: Readonly<Record<ModelDtype, FloatType>> = { float32: 'F32', bf16: 'BF16', f16: 'F16' }

/**
 * Writes a Hugging Face folder as another one: weights in another element type or in shards, with
 * `config.json` that says so, the tokenizer, the chat template and `generation_config.json`. A tied
 * head is stored once. Weights pass through a few rows at a time.
 *
 * @param directory must not be there, or be empty; it appears when it is complete
 * @throws IcrlError as `loadModelFolder`; `non-finite` for weights that are not numbers, or too
 * large for the type; `invalid-option` for a folder that is there; `write-failed`, with nothing left
 * behind
 *
 * @example
 * await convertModelFolder('SmolLM2-135M-Instruct', 'smollm2-f32', { dtype: 'float32' })
 */
export async function convertModelFolder(
  folder: string,
  directory: string,
  options: ConvertModelFolderOptions = {},
): Promise<Conversion> {
  const { dtype, maxShardBytes = 5e9 } = options
  await requireAbsent(directory)
  await using source = await openModelSource(folder, options)
  const tensors = storedTensors(source, dtype && TYPES[dtype])
  const bytes = [...tensors.values()].reduce((sum, tensor) => sum + storedBytes(tensor), 0)
  await requireSpace(directory, bytes)
  const write = async (temporary: string): Promise<void> => {
    await copyCompanions(folder, temporary)
    await writeConfig(temporary, source.config, typeOf(tensors))
    await writeShards(temporary, shardsOf(tensors, maxShardBytes), bytes)
  }
  await writeFolderWhole(directory, write, bytes)
  return { bytes, tensors: tensors.size }
}

type Tensors = ReadonlyMap<string, StoredPieces<FloatType>>

function storedTensors({ folder, weights }: ModelSource, wanted?: FloatType): Tensors {
  const stored = (name: string, weight: WeightRows): StoredPieces<FloatType> => {
    const type = wanted ?? weight.type
    const where = `${folder}: tensor ${name}`
    return {
      shape: weight.shape,
      type,
      async *pieces() {
        for await (const values of blocksOf(weight, where)) yield encodeFloats(values, type, where)
      },
    }
  }
  return new Map([...weights].map(([name, weight]) => [name, stored(name, weight)]))
}

/** The type that `config.json` names: the embedding's, the first tensor. */
function typeOf(tensors: Tensors): FloatType {
  const [{ type }] = tensors.values()
  return type
}

/** Tensors in file order, a new shard where one would get too large. */
function shardsOf(tensors: Tensors, most: number): Map<string, StoredPieces<FloatType>>[] {
  const shards: Map<string, StoredPieces<FloatType>>[] = [new Map()]
  let bytes = 0
  for (const [name, tensor] of tensors) {
    const own = storedBytes(tensor)
    if (bytes > 0 && bytes + own > most) {
      shards.push(new Map())
      bytes = 0
    }
    shards.at(-1)?.set(name, tensor)
    bytes += own
  }
  return shards
}

/** One file, or several with the index that transformers writes. */
async function writeShards(
  folder: string,
  shards: readonly Tensors[],
  bytes: number,
): Promise<void> {
  const digits = (count: number): string => String(count).padStart(5, '0')
  const nameOf = (at: number): string =>
    shards.length === 1
      ? 'model.safetensors'
      : `model-${digits(at + 1)}-of-${digits(shards.length)}.safetensors`
  for (const [at, shard] of shards.entries())
    await writeSafetensors(join(folder, nameOf(at)), shard, { format: 'pt' })
  if (shards.length === 1) return
  const places = shards.flatMap((shard, at) => [...shard.keys()].map((name) => [name, nameOf(at)]))
  const index = { metadata: { total_size: bytes }, weight_map: Object.fromEntries(places) }
  await writeAtomically(join(folder, 'model.safetensors.index.json'), (file) =>
    file.writeFile(`${JSON.stringify(index, undefined, 2)}\n`),
  )
}
