import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LoraJson } from '../tinker/protocol/messages.ts'
import { readWeightsPath, type WeightsPath } from '../tinker/protocol/weights-path.ts'
import { notFound, RequestError, unprocessable } from './request-error.ts'

/** What is known of a model whose weights were saved. */
export interface StoredModel {
  readonly base_model: string
  readonly lora_config: LoraJson
  readonly user_metadata: Readonly<Record<string, unknown>> | null
}

/** A checkpoint on the disk, as clients are told of it. */
export interface StoredCheckpoint {
  readonly checkpoint_id: string
  readonly checkpoint_type: 'training' | 'sampler'
  readonly time: string
  readonly tinker_path: string
  readonly size_bytes: number
  readonly public: false
}

const KINDS = { weights: 'training', sampler_weights: 'sampler' } as const

/** Checkpoints in a folder: `MODEL/KIND/NAME`, each in Hugging Face's or PEFT's layout. */
export class CheckpointStore {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  /** Where a checkpoint lies, or will lie. */
  folderOf({ modelId, kind, name }: WeightsPath): string {
    return join(this.#modelFolder(modelId), kind, name)
  }

  async writeModel(modelId: string, model: StoredModel): Promise<void> {
    const file = join(this.#modelFolder(modelId), 'model.json')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `${JSON.stringify(model)}\n`)
  }

  /** @throws RequestError 404 */
  async readModel(modelId: string): Promise<StoredModel> {
    const file = join(this.#modelFolder(modelId), 'model.json')
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) throw notFound(`training run ${modelId}`)
    return JSON.parse(text) as StoredModel
  }

  /** Models of which something is stored. */
  async models(): Promise<string[]> {
    const names = await readdir(this.#root).catch(() => [])
    return names.map(decodeURIComponent).sort()
  }

  /**
   * A folder for a new checkpoint.
   *
   * @throws RequestError 400 for a name that was used: the SDK repeats a 409 for minutes
   */
  async prepare(path: WeightsPath, overwrite: boolean): Promise<string> {
    const folder = this.folderOf(path)
    if (overwrite) await rm(folder, { recursive: true, force: true })
    if (await isThere(folder))
      throw new RequestError(
        400,
        `The checkpoint ${pathOf(path)} is there already: choose another name.`,
      )
    await mkdir(dirname(folder), { recursive: true })
    return folder
  }

  /**
   * The folder of a checkpoint that is there.
   *
   * @throws RequestError 422 for no path, 404
   */
  async find(text: string): Promise<{ readonly path: WeightsPath; readonly folder: string }> {
    const path = readWeightsPath(text)
    if (path === undefined) throw unprocessable(`"${text}" is no path tinker://MODEL/KIND/NAME.`)
    const folder = this.folderOf(path)
    if (!(await isThere(folder))) throw notFound(`The checkpoint ${text}`)
    return { path, folder }
  }

  /** Checkpoints of a model, the oldest first. */
  async list(modelId: string): Promise<StoredCheckpoint[]> {
    const found = Object.entries(KINDS).map(async ([kind, type]) => {
      const folder = join(this.#modelFolder(modelId), kind)
      const names = (await readdir(folder).catch(() => [])).filter((name) => !name.includes('.'))
      return Promise.all(
        names.map(async (name): Promise<StoredCheckpoint> => {
          const { mtime } = await stat(join(folder, name))
          return {
            checkpoint_id: `${kind}/${name}`,
            checkpoint_type: type,
            time: mtime.toISOString(),
            tinker_path: `tinker://${modelId}/${kind}/${name}`,
            size_bytes: await sizeOf(join(folder, name)),
            public: false,
          }
        }),
      )
    })
    return (await Promise.all(found)).flat().sort((a, b) => (a.time < b.time ? -1 : 1))
  }

  /** @throws RequestError 404 */
  async remove(path: WeightsPath): Promise<void> {
    const folder = this.folderOf(path)
    if (!(await isThere(folder))) throw notFound(`The checkpoint ${pathOf(path)}`)
    await rm(folder, { recursive: true })
  }

  /** Ids have characters that not every file system takes. */
  #modelFolder(modelId: string): string {
    const name = encodeURIComponent(modelId)
    if (name.startsWith('.')) throw notFound(`training run ${modelId}`)
    return join(this.#root, name)
  }
}

/** The address of a checkpoint. */
export function pathOf({ modelId, kind, name }: WeightsPath): string {
  return `tinker://${modelId}/${kind}/${name}`
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  )
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder)
  const sizes = names.map(async (name) => (await stat(join(folder, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
