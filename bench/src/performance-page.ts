import { figure, percent } from './print-row.ts'
import type { Row } from './row.ts'

/** Sections of a page, by the marker that stands for each: `<!-- NAME -->` … `<!-- /NAME -->`. */
export type Sections = Readonly<
  Partial<Record<'machine' | 'results' | 'adapters' | 'kernels', string>>
>

const KERNEL = /^time of a step \((\w)\): (.+)$/
/** Rows that may come from a run of their own, whose machine stands above them. */
const ADAPTERS = /\badapters\b|\bbase in bf16\b/

/** The benchmark's rows as the sections of docs/performance.md; none for what was not measured. */
export function sectionsOf(rows: readonly Row[]): Sections {
  const machine = rows.filter(({ name }) => name.startsWith('machine: '))
  const kernels = rows.filter(({ name }) => KERNEL.test(name))
  const adapters = rows.filter(({ name }) => ADAPTERS.test(name))
  const results = rows.filter((row) => ![machine, kernels, adapters].flat().includes(row))
  return {
    ...(results.length > 0 && { machine: machineLines(machine), results: resultTable(results) }),
    ...(adapters.length > 0 && {
      adapters: `${machineLines(machine)}\n\n${resultTable(adapters)}`,
    }),
    ...(kernels.length > 0 && { kernels: kernelTables(kernels) }),
  }
}

/**
 * The page with the sections that are given replaced; all else stays. Throws where a marker is
 * missing.
 */
export function replaceSections(page: string, sections: Sections): string {
  return Object.entries(sections).reduce((text, [name, content]) => {
    const between = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
    if (!between.test(text))
      throw new Error(`docs/performance.md has no section <!-- ${name} --> … <!-- /${name} -->`)
    return text.replace(between, (_, start: string, end: string) => `${start}${content}\n${end}`)
  }, page)
}

/**
 * Rows of several results: a row of a later one takes the place of the one of its name; the first
 * one's limits stand for the machine.
 */
export function mergeRows(results: readonly (readonly Row[])[]): Row[] {
  const merged = new Map<string, Row>()
  results.forEach((rows, i) => {
    for (const row of rows)
      if (i === 0 || !row.name.startsWith('machine: ')) merged.set(row.name, row)
  })
  return [...merged.values()]
}

function machineLines(rows: readonly Row[]): string {
  const [first] = rows
  if (first === undefined) return 'Not measured.'
  const limits = rows.map(
    ({ name, ours, unit }) => `${name.slice('machine: '.length)} ${figure(ours)} ${unit}`,
  )
  const shared = first.note?.includes('processor time')
    ? ' The machine was shared with other work, so the rates are of processor time, on one thread each (`--processor-time`).'
    : ''
  return `${first.note}; ${first.isa}, ${first.threads} thread${first.threads === 1 ? '' : 's'}. Measured first: ${limits.join(', ')}.${shared}`
}

function resultTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { name, ours, theirs, peer, unit, ratio, share, note, failed } = row
    const remarks = [note, failed === undefined ? undefined : `failed: ${failed}`]
      .filter((text) => text !== undefined)
      .join('; ')
    const own = ours === undefined ? '–' : `${figure(ours)} ${unit}`
    const other = theirs === undefined ? '–' : `${figure(theirs)} (${peer})`
    return cells(
      name,
      own,
      other,
      figure(ratio),
      share === undefined ? '–' : percent(share),
      remarks,
    )
  })
  return [
    cells('', 'ours', 'theirs', 'ratio', 'of the limit', ''),
    cells('---', '---', '---', '---', '---', '---'),
    ...lines,
  ].join('\n')
}

function kernelTables(rows: readonly Row[]): string {
  const models = [...new Set(rows.map(({ name }) => KERNEL.exec(name)?.[1] as string))]
  return models
    .map((model) =>
      kernelTable(
        model,
        rows.filter(({ name }) => KERNEL.exec(name)?.[1] === model),
      ),
    )
    .join('\n\n')
}

function kernelTable(model: string, rows: readonly Row[]): string {
  const lines = rows.map(({ name, ours, unit, part, share, note }) => {
    const rate = share === undefined ? '–' : `${figure(ours)} ${unit}`
    return cells(
      KERNEL.exec(name)?.[2] ?? name,
      part === undefined ? '–' : percent(part),
      rate,
      share === undefined ? '–' : percent(share),
      note ?? '',
    )
  })
  return [
    `Model (${model}):\n`,
    cells('kernel', 'of the time', 'rate', 'of the limit', ''),
    cells('---', '---', '---', '---', '---'),
    ...lines,
  ].join('\n')
}

function cells(...texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
}
