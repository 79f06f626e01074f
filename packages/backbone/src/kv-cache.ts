import type { BlockCaches, CacheRowShape, PageTables } from '@icrl/tfjs-ops'
import { cacheSlab, joinTables, PAGE_ROWS } from '@icrl/tfjs-ops'
import type { Variable } from '@tensorflow/tfjs-core'
import type { ModelConfig } from './config.ts'
import { type PagedSequence, PagePool } from './page-pool.ts'

/** How a cache is laid out. */
export interface CacheShape extends CacheRowShape {
  readonly layers: number
  /** The most rows of all sequences together; those of shared pages count once. */
  readonly rows: number
}

/** Most cache rows, unless a policy says otherwise. */
export const CACHE_TOKENS = 65_536

/** The most rows of a sampler's cache: one generation alone may have the whole context. */
export const cacheLimit = (cacheTokens: number, contextLength: number): number =>
  Math.max(cacheTokens, contextLength)

/** What samples at once, as far as its cache depends on it. */
export interface PlannedGenerations {
  /** How many. */
  readonly count: number
  /** Most tokens of each, prompt and answer. */
  readonly tokens: number
  /** Most cache rows of all together. @defaultValue 65,536 */
  readonly cacheTokens?: number
}

/**
 * The most rows that generations take in a cache, in whole pages of 64. Full pages that prompts share
 * are there once, so it may be fewer.
 *
 * @example
 * declare const config: ModelConfig
 * const cacheRows = plannedCacheRows(config, { count: 64, tokens: 512 }) // 32,768
 */
export function plannedCacheRows(
  { contextLength }: Pick<ModelConfig, 'contextLength'>,
  { count, tokens, cacheTokens = CACHE_TOKENS }: PlannedGenerations,
): number {
  const inPages = (rows: number): number => Math.ceil(rows / PAGE_ROWS) * PAGE_ROWS
  return Math.min(inPages(cacheLimit(cacheTokens, contextLength)), count * inPages(tokens))
}

/** A slab that a cache adds is this part of what it has, if no more is needed and as much promised. */
const GROWTH = 0.5

/** Keys and values of running generations, in pages of all decoder blocks. */
export class KeyValueCache {
  readonly #shape: CacheShape
  #pool: PagePool
  #pages = 0
  #blocks: { readonly keys: Variable[]; readonly values: Variable[] }[] = []

  constructor(shape: CacheShape) {
    this.#shape = shape
    this.#pool = this.#freshPool()
  }

  /** One entry per layer. */
  get blocks(): readonly BlockCaches[] {
    return this.#blocks
  }

  /** Pages that there is memory for. */
  get pages(): number {
    return this.#pages
  }

  /**
   * Opens a sequence of at most `rows` rows; undefined if there is no room for it until others are
   * freed. Rows of its prompt from `shared` on are its to write.
   *
   * @throws IcrlError `invalid-option` if the whole cache is too small for it
   */
  open(prompt: Int32Array, rows: number): PagedSequence | undefined {
    return this.#pool.open(prompt, rows)
  }

  /** Makes room for so many rows of a sequence, of those it was opened for. */
  append(sequence: PagedSequence, rows: number): void {
    this.#pool.append(sequence, rows)
  }

  /** Gives back the pages that no other sequence holds. */
  free(sequence: PagedSequence): void {
    this.#pool.free(sequence)
  }

  /** The pages of sequences, with memory behind all of them. */
  tables(sequences: readonly PagedSequence[]): PageTables {
    this.#grow()
    return joinTables(sequences.map(({ pages }) => pages))
  }

  #grow(): void {
    const { size, pages: all, left } = this.#pool
    if (size <= this.#pages) return
    const grown = Math.min(Math.ceil(this.#pages * (1 + GROWTH)), all - left)
    const pages = Math.max(size, grown) - this.#pages
    for (let layer = this.#blocks.length; layer < this.#shape.layers; layer++)
      this.#blocks.push({ keys: [], values: [] })
    for (const { keys, values } of this.#blocks) {
      keys.push(cacheSlab(pages, this.#shape))
      values.push(cacheSlab(pages, this.#shape))
    }
    this.#pages += pages
  }

  #freshPool(): PagePool {
    return new PagePool({ pages: Math.ceil(this.#shape.rows / PAGE_ROWS), rows: PAGE_ROWS })
  }

  /** Frees all memory and forgets all sequences. */
  dispose(): void {
    for (const { keys, values } of this.#blocks)
      for (const slab of [...keys, ...values]) slab.dispose()
    this.#blocks = []
    this.#pages = 0
    this.#pool = this.#freshPool()
  }
}
