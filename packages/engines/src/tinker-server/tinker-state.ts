import { randomBytes } from 'node:crypto'
import type { Snapshot } from '@icrl/core'
import { newToken } from '@icrl/serve'
import type { CreateModel, LoraJson } from '../tinker/protocol/messages.ts'
import { archiveOf } from './archive.ts'
import type { ModelLimits } from '../tinker/client/check-requests.ts'
import { CheckpointStore, type StoredModel } from './checkpoint-store.ts'
import type { TokenDecoder } from './draw-samples.ts'
import { Futures, type Result } from './futures.ts'
import { notFound, RequestError, unprocessable } from './request-error.ts'
import { Samplers } from './samplers.ts'
import type { ServedBase, ServedPolicy } from './served-policy.ts'
import { type Session, Sessions } from './sessions.ts'
import { TrainedModel } from './trained-model.ts'

/** Options of `createTinkerServer`. */
export interface TinkerServerOptions extends ModelLimits {
  /** The model below all adapters: a `LocalPolicy` with an adapter, which stays as it is. */
  readonly base: ServedBase
  /** The name that clients give as `base_model`. */
  readonly model: string
  /** Decodes ids, for stop texts. */
  readonly tokenizer: TokenDecoder
  /** What clients load the tokenizer by: a name of the hub, or a folder. @defaultValue `model` */
  readonly tokenizerId?: string
  /** Folder of the checkpoints. Those of earlier servers in it can be loaded. */
  readonly directory: string
  /** Makes a model all of whose weights learn (`rank: 0`). @defaultValue such ones are refused */
  readonly fullModel?: (name: string) => Promise<ServedPolicy>
  /**
   * The secret of every route. The SDK takes those that begin with `tml-`.
   *
   * @defaultValue a new one
   */
  readonly token?: string
  /** Models in memory at once. @defaultValue 16 */
  readonly maxModels?: number
  /** Highest rank of an adapter. @defaultValue 256 */
  readonly maxRank?: number
  /** Weights that are kept in memory for sampling. @defaultValue 16 */
  readonly maxSamplers?: number
  /** Requests that may wait at once. @defaultValue 4,096 */
  readonly maxRequests?: number
  /** How long a session lives after its last heartbeat. @defaultValue 300,000 */
  readonly sessionTimeoutMs?: number
  /**
   * How long `retrieve_future` waits before it says that nothing is there yet.
   *
   * @defaultValue 30,000
   */
  readonly holdMs?: number
  /** Told of errors that clients are told nothing of. @defaultValue nobody */
  readonly onError?: (error: unknown) => void
}

/** How long the address of an archive is good for, in milliseconds. */
const ARCHIVE_MS = 3_600_000

/** Adapters over a base: α as hosted Tinker has it. */
const ALPHA = 32
const ATTENTION = ['q_proj', 'k_proj', 'v_proj', 'o_proj']
const MLP = ['gate_proj', 'up_proj', 'down_proj']

/** Linear layers that a client wants to train: default: all. */
function targetsOf({
  train_attn: attention = true,
  train_mlp: mlp = true,
}: Omit<LoraJson, 'rank'>): string[] {
  return [...(attention ? ATTENTION : []), ...(mlp ? MLP : [])]
}

/** What the routes work with. */
export class TinkerState implements AsyncDisposable {
  readonly options: TinkerServerOptions
  readonly sessions: Sessions
  readonly futures: Futures
  readonly samplers: Samplers
  readonly store: CheckpointStore
  readonly models: Map<string, TrainedModel> = new Map()
  /** Addresses of archives, with the folder behind each. */
  readonly #archives = new Map<string, { readonly folder: string; readonly until: number }>()
  readonly #timer: NodeJS.Timeout
  /** Models that are being made: they count, too. */
  readonly #begun = new Set<string>()
  #unnumbered = 0

  constructor(options: TinkerServerOptions) {
    this.options = options
    const { maxSamplers = 16, maxRequests = 4096, sessionTimeoutMs = 300_000 } = options
    const onError = options.onError ?? ((): void => undefined)
    this.sessions = new Sessions(sessionTimeoutMs)
    this.futures = new Futures(maxRequests, onError)
    this.samplers = new Samplers(maxSamplers)
    this.samplers.define('base', () => options.base.baseSnapshot())
    this.store = new CheckpointStore(options.directory)
    this.#timer = setInterval(
      () => void this.#endExpired().catch(onError),
      Math.min(10_000, sessionTimeoutMs),
    ).unref()
  }

  /** @throws RequestError 404 */
  model(id: string): TrainedModel {
    const model = this.models.get(id)
    if (model === undefined) throw notFound(`model ${id} (unloaded, expired, or of another server)`)
    this.sessions.get(model.record.sessionId)
    return model
  }

  /** Begins a request; answers with its ticket. */
  ticket(work: () => Promise<Result>): string {
    this.futures.requireRoom()
    return this.futures.add(work())
  }

  /**
   * A new model.
   *
   * @throws RequestError 422 for another base, a rank that is not served, nothing to train; 400 if
   * there are too many
   */
  async create(session: Session, request: CreateModel): Promise<TrainedModel> {
    const { model: served, maxModels = 16, base, fullModel } = this.options
    const { rank, seed, ...flags } = this.#checkedLora(request)
    const targets = targetsOf(flags)
    const id = `${session.id}:train:${request.model_seq_id ?? `u${this.#unnumbered++}`}`
    if (this.models.has(id) || this.#begun.has(id))
      throw new RequestError(400, `The model ${id} is there already.`)
    if (this.models.size + this.#begun.size >= maxModels)
      throw new RequestError(400, `There are ${maxModels} models already: unload one.`)
    const lora: LoraJson = {
      rank,
      alpha: ALPHA,
      seed: seed ?? randomBytes(4).readUInt32LE() >>> 1,
      train_attn: targets.includes(ATTENTION[0]),
      train_mlp: targets.includes(MLP[0]),
      train_unembed: false,
    }
    const adapter = { rank, alpha: ALPHA, seed: lora.seed!, targets }
    this.#begun.add(id)
    let model: TrainedModel
    try {
      const policy = rank === 0 ? await fullModel!(id) : base.withAdapter({ name: id, adapter })
      model = new TrainedModel({ id, sessionId: session.id, lora }, policy)
      this.models.set(id, model)
    } finally {
      this.#begun.delete(id)
    }
    await this.store.writeModel(id, {
      base_model: served,
      lora_config: lora,
      user_metadata: request.user_metadata ?? null,
    })
    return model
  }

  #checkedLora({ base_model: wanted, lora_config: lora }: CreateModel): LoraJson {
    const { model, maxRank = 256, fullModel } = this.options
    if (wanted !== model)
      throw unprocessable(`base_model: "${wanted}" is not served here, but "${model}".`)
    const { rank, ...flags } = lora ?? { rank: 0 }
    if (rank > maxRank || (rank === 0 && fullModel === undefined))
      throw unprocessable(`lora_config: rank ${rank}; served are ranks from 1 to ${maxRank}.`)
    if (targetsOf(flags).length === 0)
      throw unprocessable('lora_config: neither train_attn nor train_mlp.')
    return { rank, ...flags }
  }

  /** Opens saved weights for sampling. */
  async openSampler(folder: string, { lora_config: lora }: StoredModel): Promise<Snapshot> {
    const { base, fullModel } = this.options
    const adapter = { rank: lora.rank, alpha: ALPHA, seed: 0, targets: targetsOf(lora) }
    if (lora.rank === 0 && fullModel === undefined)
      throw unprocessable('These are all weights of a model, which are not served here.')
    const policy =
      lora.rank === 0 ? await fullModel!('sampler') : base.withAdapter({ name: 'sampler', adapter })
    try {
      await policy.load(folder)
      return policy
    } catch (error) {
      await policy[Symbol.asyncDispose]()
      throw error
    }
  }

  async unload(model: TrainedModel): Promise<void> {
    this.models.delete(model.record.id)
    await model[Symbol.asyncDispose]()
  }

  /** Ends a session: its models are unloaded, and weights of its own freed. */
  async end(sessionId: string): Promise<void> {
    this.sessions.end(sessionId)
    for (const model of this.models.values())
      if (model.record.sessionId === sessionId) await this.unload(model)
    await this.samplers.end(sessionId)
  }

  /** An address that gives a checkpoint's archive for a while, to whoever knows it. */
  archiveAddress(folder: string): { readonly path: string; readonly until: Date } {
    const until = Date.now() + ARCHIVE_MS
    const secret = newToken()
    this.#archives.set(secret, { folder, until })
    return { path: `/archives/${secret}`, until: new Date(until) }
  }

  /** @throws RequestError 404 */
  async archive(secret: string): Promise<Uint8Array> {
    const found = this.#archives.get(secret)
    if (found === undefined || found.until < Date.now()) throw notFound('archive')
    return archiveOf(found.folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    for (const model of this.models.values()) await this.unload(model)
    await this.samplers[Symbol.asyncDispose]()
  }

  async #endExpired(): Promise<void> {
    for (const id of this.sessions.expired()) await this.end(id)
  }
}
