import { IcrlError } from '@icrl/core'

/** A cell: undefined where there is nothing to average. */
export type Cell = string | number | undefined

/** What an evaluation found. */
export interface Table {
  /** Headings, left to right. */
  readonly columns: readonly string[]
  /** `[rows][columns]` */
  readonly rows: readonly (readonly Cell[])[]
  /** What the figures do not say: what was left out, unreadable or failed. */
  readonly notes: readonly string[]
  /** The table in Markdown, numbers with three decimals, the notes below it. */
  toMarkdown(): string
}

/**
 * A table of these cells.
 *
 * @throws `invalid-shape` for a row of another length, `non-finite` for a number that is none
 * @example
 * import { tableOf } from '@icrl/evaluators'
 * console.log(tableOf(['critic', 'accuracy'], [['mine', 0.75]], ['4 items']).toMarkdown())
 */
export function tableOf(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  notes: readonly string[] = [],
): Table {
  for (const row of rows) {
    if (row.length !== columns.length)
      throw new IcrlError(`table: a row of ${row.length} cells under ${columns.length} columns.`, {
        code: 'invalid-shape',
        remedy: 'Give each column a cell, undefined where there is nothing.',
      })
    const at = row.findIndex((cell) => typeof cell === 'number' && !Number.isFinite(cell))
    if (at >= 0)
      throw new IcrlError(`table: "${columns[at]}" is ${row[at]}.`, {
        code: 'non-finite',
        remedy: 'A figure of nothing is undefined.',
      })
  }
  return { columns, rows, notes, toMarkdown: () => markdownOf(columns, rows, notes) }
}

function markdownOf(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  notes: readonly string[],
): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.map(shown).join(' | ')} |`
  const lines = [line(columns), line(columns.map(() => '---')), ...rows.map(line)]
  return [lines.join('\n'), ...notes.map((note) => `- ${note}`)].join('\n\n')
}

function shown(cell: Cell): string {
  if (cell === undefined) return '–'
  if (typeof cell === 'number') return Number.isInteger(cell) ? String(cell) : cell.toFixed(3)
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
