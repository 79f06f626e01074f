import { IcrlError } from '@icrl/core'

/** A prompt's full page: who else begins with the same tokens holds it too. */
interface PromptPage {
  readonly number: number
  readonly tokens: string
  /** The pages that may follow it, by their tokens. */
  readonly next: Map<string, PromptPage>
  /** Where it is registered. */
  readonly among: Map<string, PromptPage>
  holders: number
}

/** The pages of one sequence; its holder appends rows and frees it. */
export interface PagedSequence {
  /** Page by page its rows, from the first. */
  readonly pages: readonly number[]
  /** Rows of its prompt that were another's before: they are there, or their opener writes them. */
  readonly shared: number
}

interface OpenSequence extends PagedSequence {
  readonly pages: number[]
  readonly prompt: readonly PromptPage[]
  /** Pages that it may still take. */
  promised: number
}

/**
 * Which sequence holds which pages of a cache. A sequence is promised the pages of all the rows that
 * it may need when it opens, so none that runs ever lacks one, and takes each when it gets there. Full
 * pages of a prompt are held together with every sequence whose prompt begins with the same tokens;
 * all others belong to one. Pages are numbered from 0; the lowest numbers are in use.
 *
 * @example
 * const pool = new PagePool({ pages: 4, rows: 64 })
 * const first = pool.open(new Int32Array(70), 130) // 3 pages promised, 2 taken
 * const second = pool.open(new Int32Array(70), 100) // holds the first page with the other
 * pool.free(first!)
 */
export class PagePool {
  /** Rows of a page. */
  readonly rows: number
  /** The most pages. */
  readonly pages: number
  readonly #prompts = new Map<string, PromptPage>()
  readonly #free: number[] = []
  readonly #open = new Set<PagedSequence>()
  #size = 0
  #promised = 0

  constructor({ pages, rows }: { readonly pages: number; readonly rows: number }) {
    this.pages = pages
    this.rows = rows
  }

  /** Pages that were ever taken: all numbers are below. */
  get size(): number {
    return this.#size
  }

  /** Pages that sequences hold. */
  get taken(): number {
    return this.#size - this.#free.length
  }

  /** Pages that no sequence holds or was promised. */
  get left(): number {
    return this.pages - this.taken - this.#promised
  }

  /**
   * Opens a sequence of at most `rows` rows, and takes the pages of its prompt; undefined if too few
   * are left until others are freed.
   *
   * @throws IcrlError `invalid-option` if all pages would not be enough
   */
  open(prompt: Int32Array, rows: number): PagedSequence | undefined {
    const needed = Math.ceil(Math.max(rows, prompt.length) / this.rows)
    if (needed > this.pages) throw tooFew(this, needed)
    const full = this.#fullPages(prompt)
    const known = this.#known(full)
    const fresh = needed - known.length
    if (fresh > this.left) return undefined
    this.#promised += fresh
    for (const page of known) page.holders++
    const sequence: OpenSequence = {
      pages: known.map(({ number }) => number),
      shared: known.length * this.rows,
      prompt: this.#extended(known, full.slice(known.length)),
      promised: fresh,
    }
    for (const { number } of sequence.prompt.slice(known.length)) {
      sequence.pages.push(number)
      sequence.promised--
    }
    this.#open.add(sequence)
    this.append(sequence, prompt.length)
    return sequence
  }

  /**
   * Takes pages until the sequence has room for so many rows.
   *
   * @throws IcrlError `invalid-option` if it was not promised as many
   */
  append(sequence: PagedSequence, rows: number): void {
    const open = this.#opened(sequence)
    while (open.pages.length * this.rows < rows) {
      if (open.promised === 0)
        throw new IcrlError(
          `cache: a sequence was promised ${open.pages.length} pages of ${this.rows} rows, and gets to row ${rows}.`,
          {
            code: 'invalid-option',
            remedy: 'Open it with the most rows that it may need: its prompt and all its tokens.',
          },
        )
      open.promised--
      open.pages.push(this.#take())
    }
  }

  /** Gives back what only this sequence holds. */
  free(sequence: PagedSequence): void {
    const open = this.#opened(sequence)
    this.#open.delete(sequence)
    this.#promised -= open.promised
    for (const number of open.pages.slice(open.prompt.length)) this.#free.push(number)
    for (const page of open.prompt.toReversed()) {
      if (--page.holders > 0) continue
      page.among.delete(page.tokens)
      this.#free.push(page.number)
    }
  }

  #opened(sequence: PagedSequence): OpenSequence {
    if (this.#open.has(sequence)) return sequence as OpenSequence
    throw new IcrlError('cache: this sequence has been freed.', {
      code: 'invalid-option',
      remedy: 'Free a sequence once, after its last token.',
    })
  }

  #fullPages(prompt: Int32Array): string[] {
    const count = Math.floor(prompt.length / this.rows)
    return Array.from({ length: count }, (_, page) =>
      prompt.subarray(page * this.rows, (page + 1) * this.rows).join(),
    )
  }

  #known(tokens: readonly string[]): PromptPage[] {
    const found: PromptPage[] = []
    let among = this.#prompts
    for (const each of tokens) {
      const page = among.get(each)
      if (page === undefined) break
      found.push(page)
      among = page.next
    }
    return found
  }

  /** Registers fresh pages behind those that are known. */
  #extended(known: readonly PromptPage[], tokens: readonly string[]): PromptPage[] {
    const pages = [...known]
    for (const each of tokens) {
      const among: Map<string, PromptPage> = pages.at(-1)?.next ?? this.#prompts
      const page = { number: this.#take(), tokens: each, next: new Map(), among, holders: 1 }
      among.set(each, page)
      pages.push(page)
    }
    return pages
  }

  /** A page of those promised. */
  #take(): number {
    this.#promised--
    return this.#free.pop() ?? this.#size++
  }
}

function tooFew({ pages, rows }: PagePool, needed: number): IcrlError {
  return new IcrlError(
    `cache: a generation of up to ${needed * rows} tokens needs ${needed} pages, and the cache has ${pages} of ${rows} tokens.`,
    {
      code: 'invalid-option',
      remedy: `Raise \`cacheTokens\` to ${needed * rows} or more, or lower \`maxTokens\`.`,
    },
  )
}
