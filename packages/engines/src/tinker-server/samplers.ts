import type { Snapshot } from '@icrl/core'
import { notFound } from './request-error.ts'

/** A sampling session: weights that a client samples from. */
export interface SamplerRecord {
  readonly id: string
  readonly sessionId: string
  readonly baseModel: string
  /** Missing for the base model, and for weights that have no name. */
  readonly modelPath?: string
  /** Which weights, among those that are kept. */
  readonly key: string
}

interface Weights {
  /** Opens them; missing for weights that exist in memory alone. */
  readonly open?: () => Promise<Snapshot>
  snapshot?: Promise<Snapshot>
  /** Samples under way. */
  users: number
}

/** Weights to sample from: named ones are opened when they are needed, others are held. */
export class Samplers implements AsyncDisposable {
  readonly #records = new Map<string, SamplerRecord>()
  /** By key; those used last are last. */
  readonly #weights = new Map<string, Weights>()
  readonly #most: number

  /** @param most weights in memory; of those nobody uses, the oldest are let go */
  constructor(most: number) {
    this.#most = most
  }

  /** Weights that can be opened again. */
  define(key: string, open: () => Promise<Snapshot>): void {
    if (!this.#weights.has(key)) this.#weights.set(key, { open, users: 0 })
  }

  /** Weights that exist in memory alone, until they are let go. */
  async hold(key: string, snapshot: Snapshot): Promise<void> {
    this.#weights.set(key, { snapshot: Promise.resolve(snapshot), users: 0 })
    await this.#letGo()
  }

  add(record: SamplerRecord): void {
    this.#records.set(record.id, record)
  }

  has(id: string): boolean {
    return this.#records.has(id)
  }

  /** @throws RequestError 404 */
  get(id: string): SamplerRecord {
    const record = this.#records.get(id)
    if (record === undefined) throw notFound(`sampling session ${id}`)
    return record
  }

  /**
   * Samples from weights.
   *
   * @throws RequestError 404 for weights without a name that were let go; the errors of opening them
   */
  async use<T>(key: string, work: (weights: Snapshot) => Promise<T>): Promise<T> {
    const weights = this.#weights.get(key)
    if (weights === undefined)
      throw notFound(
        `${key} (the oldest weights without a name are let go: save_weights_for_sampler keeps those that have one)`,
      )
    this.#weights.delete(key)
    this.#weights.set(key, weights)
    weights.users++
    try {
      weights.snapshot ??= weights.open!()
      return await work(await weights.snapshot.catch((error: unknown) => failed(weights, error)))
    } finally {
      weights.users--
      await this.#letGo()
    }
  }

  /** Forgets a client session's sampling sessions, and the weights that only they had. */
  async end(sessionId: string): Promise<void> {
    for (const { id, key, sessionId: of } of this.#records.values()) {
      if (of !== sessionId) continue
      this.#records.delete(id)
      if (this.#weights.get(key)?.open === undefined) await this.remove(key)
    }
  }

  /** Frees weights, whether they are used or not. */
  async remove(key: string): Promise<void> {
    const snapshot = this.#weights.get(key)?.snapshot
    this.#weights.delete(key)
    await (await snapshot)?.[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of this.#weights.keys()) await this.remove(key)
  }

  async #letGo(): Promise<void> {
    const held = [...this.#weights].filter(([, { snapshot }]) => snapshot !== undefined)
    const unused = held.filter(([, { users }]) => users === 0)
    for (const [key, weights] of unused.slice(0, Math.max(0, held.length - this.#most))) {
      const { open, snapshot } = weights
      if (open === undefined) this.#weights.delete(key)
      weights.snapshot = undefined
      await (await snapshot!)[Symbol.asyncDispose]()
    }
  }
}

function failed(weights: Weights, error: unknown): never {
  weights.snapshot = undefined
  throw error
}
