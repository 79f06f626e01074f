import { reachesTarget, type Row } from './row.ts'

/** Prints a row for a person. */
export function printRow(row: Row): void {
  const { name, ours, theirs, peer, unit, ratio, share, part, note, failed } = row
  const comparison =
    theirs === undefined ? '' : `${peer}: ${figure(theirs)}, ratio ${figure(ratio)}${verdict(row)}`
  const ofLimit = share === undefined ? '' : `${percent(share)} of the limit`
  const ofWhole = part === undefined ? '' : `${percent(part)} of the time`
  const rest = [
    comparison,
    ofLimit,
    ofWhole,
    note ?? '',
    failed === undefined ? '' : `FAILED: ${failed}`,
  ].filter((text) => text !== '')
  console.log(
    `${name}: ${ours === undefined ? 'no figure' : `${figure(ours)} ${unit}`}${rest.length === 0 ? '' : ` — ${rest.join('; ')}`}`,
  )
}

function verdict(row: Row): string {
  if (row.target === undefined) return ''
  return ` (${row.better === 'higher' ? 'at least' : 'at most'} ${figure(row.target)}: ${reachesTarget(row) ? 'yes' : 'NO'})`
}

/** Three significant digits, whole from 100 on. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '–'
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : `${Number(value.toPrecision(3))}`
}

/** A part of one as a percentage. */
export function percent(value: number): string {
  return `${(value * 100).toFixed(value < 0.1 ? 1 : 0)}%`
}
