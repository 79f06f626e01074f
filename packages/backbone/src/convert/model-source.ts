import { createHash } from '#node'
import { IcrlError } from '@icrl/core'
import type { ModelConfig } from '../config.ts'
import { encodeFloats } from '../encode-floats.ts'
import { openWeights, readModelConfig } from '../load-model-folder.ts'
import { parameterShapes } from '../parameter-shapes.ts'
import { placeTensors } from '../place-tensors.ts'
import { adaptedRows } from './adapted-rows.ts'
import { openAdapter, type OpenedAdapter } from './low-rank-terms.ts'
import { storedRows, type WeightRows } from './weight-rows.ts'

/** A PEFT adapter that is put into a model's weights, or taken out of them. */
export interface MergeOptions {
  /**
   * Folder of a PEFT adapter that is merged into the weights.
   *
   * @defaultValue none, only the weights are converted
   */
  readonly adapter?: string
  /**
   * True: the weights hold the adapter, and it is taken out. What was merged in float32 comes back
   * to within a rounding of float32; where the merged weights were rounded to bf16 or f16, to
   * within a rounding of that.
   *
   * @defaultValue false
   */
  readonly unmerge?: boolean
}

/** A model folder, opened to be written in another form. */
export interface ModelSource extends AsyncDisposable {
  readonly folder: string
  readonly config: ModelConfig
  /** Parameters by name, in file order. */
  readonly weights: ReadonlyMap<string, WeightRows>
}

/**
 * Opens a model folder. Its weights are found and checked, and read as they are asked for.
 *
 * @throws IcrlError as `loadModelFolder`, and as `openAdapter`
 */
export async function openModelSource(
  folder: string,
  options: MergeOptions = {},
): Promise<ModelSource> {
  const given = await readModelConfig(folder)
  const files = await openWeights(folder)
  const opened: AsyncDisposable[] = [...files]
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((file) => file[Symbol.asyncDispose]()))
  }
  try {
    const { config, placed } = await placeTensors(files, given)
    const weights = new Map([...placed].map(([name, tensor]) => [name, storedRows(tensor)]))
    if (options.adapter !== undefined) {
      const adapter = await openAdapter(options.adapter, parameterShapes(config))
      opened.push(adapter)
      if (!options.unmerge) await requireBase(options.adapter, adapter, folder, weights)
      for (const [name, term] of adapter.terms)
        weights.set(name, adaptedRows(weights.get(name)!, term, options.unmerge ? -1 : 1))
    }
    return { folder, config, weights, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** An adapter that knows its base is merged into no other, even one of the same shapes. */
async function requireBase(
  path: string,
  { baseChecksum }: OpenedAdapter,
  folder: string,
  weights: ReadonlyMap<string, WeightRows>,
): Promise<void> {
  if (baseChecksum === undefined || baseChecksum === (await firstRowsChecksum(weights))) return
  throw new IcrlError(`${path} is an adapter of another base than ${folder}.`, {
    code: 'invalid-shape',
    remedy: 'Give the model that it was trained over.',
  })
}

/** `SharedWeights.checksum`, of weights in a file. */
async function firstRowsChecksum(weights: ReadonlyMap<string, WeightRows>): Promise<string> {
  const hash = createHash('sha256')
  for (const [name, { shape, read }] of weights) {
    const row = await read(0, shape.length === 1 ? shape[0] : 1)
    hash.update(encodeFloats(row, 'BF16', name))
    if (row.length % 2 === 1) hash.update(new Uint8Array(2)) // they are hashed in pairs
  }
  return hash.digest('hex')
}
