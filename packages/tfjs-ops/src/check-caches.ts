import { type BlockCaches, type CacheRowShape, PAGE_ROWS, pagesOf, tableOf } from './cache-pages.ts'
import { checkShape } from './check-shape.ts'
import type { PageTables } from './kernels.ts'

/** Throws a `RangeError` if caches have no pages, or rows of another width. */
export function checkCaches(
  op: string,
  { keys, values }: BlockCaches,
  { keyValueHeads, headDim }: CacheRowShape,
): void {
  if (keys.length === 0 || keys.length !== values.length)
    throw new RangeError(
      `${op}: the cache has ${keys.length} slabs of keys and ${values.length} of values; it needs one or more, and as many of both`,
    )
  const width = keyValueHeads * headDim
  for (const [s, slab] of keys.entries()) {
    const columns = slab.dtype === 'int32' ? Math.ceil(width / 2) : width
    checkShape(op, `keys of slab ${s}`, slab, [-1, PAGE_ROWS, columns])
    checkShape(op, `values of slab ${s}`, values[s], slab.shape)
  }
}

/** What sequences write: from row `lengths[n]` on, `rows(n)` of them. */
interface WrittenRows {
  readonly lengths: Int32Array
  readonly rows: (sequence: number) => number
}

/**
 * Throws a `RangeError` if tables do not fit the tokens or the caches, are too short for the rows
 * that are written, or if a page that one sequence writes to is another's as well.
 */
export function checkTables(
  op: string,
  sequences: number,
  caches: BlockCaches,
  tables: PageTables,
  { lengths, rows }: WrittenRows,
): void {
  if (lengths.length !== sequences || tables.tableStarts.length !== sequences + 1)
    throw new RangeError(
      `${op}: ${sequences} sequences need as many lengths and one more table start, got ${lengths.length} and ${tables.tableStarts.length}`,
    )
  const count = pagesOf(caches)
  /** One more than the sequence that writes to each page. */
  const writers = new Int32Array(count)
  for (let n = 0; n < sequences; n++) {
    const table = tableOf(tables, n)
    const end = lengths[n] + rows(n)
    if (lengths[n] < 0 || end > table.length * PAGE_ROWS)
      throw new RangeError(
        `${op}: sequence ${n} has ${table.length} pages of ${PAGE_ROWS} rows, and may need ${end} rows: no room`,
      )
    for (const page of table)
      if (!(page >= 0 && page < count))
        throw new RangeError(`${op}: page ${page} of sequence ${n} is not in [0, ${count})`)
    for (let at = Math.floor(lengths[n] / PAGE_ROWS); at * PAGE_ROWS < end; at++) {
      if (writers[table[at]] > 0) throw sharedPage(op, table[at], writers[table[at]] - 1, n)
      writers[table[at]] = n + 1
    }
  }
  for (let n = 0; n < sequences; n++)
    for (const page of tableOf(tables, n)) {
      const writer = writers[page] - 1
      if (writer >= 0 && writer !== n) throw sharedPage(op, page, writer, n)
    }
}

function sharedPage(op: string, page: number, writer: number, other: number): RangeError {
  return new RangeError(
    `${op}: sequence ${writer} writes to page ${page}, which sequence ${other} holds too; a page that grows belongs to one sequence`,
  )
}
