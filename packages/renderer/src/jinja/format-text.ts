import { checkLength } from './limits.ts'
import { represent, toText } from './text.ts'
import { isDict, numberOf, Tuple, typeName, type Value } from './value.ts'

const DIRECTIVE = /%(?:\((\w+)\))?([-0]*)(\d*)(?:\.(\d+))?([sdirf%])|%/g

/**
 * Python's `text % values` for `%s`, `%r`, `%d`, `%i` and `%f`, with width, precision and names.
 *
 * @throws Error for another directive, and for values that are missing or left over
 */
export function formatPercent(text: string, values: Value): string {
  const given = values instanceof Tuple ? [...values] : [values]
  let next = 0
  const formatted = text.replace(
    DIRECTIVE,
    (
      all: string,
      name: string | undefined,
      flags: string | undefined,
      width: string,
      precision: string | undefined,
      kind: string | undefined,
    ) => {
      if (kind === '%') return '%'
      if (kind === undefined) throw new Error(`unsupported format of "${text}"`)
      const value =
        name === undefined ? given[next++] : isDict(values) ? values.get(name) : undefined
      if (value === undefined) throw new Error('not enough arguments for format string')
      checkLength(Number(width))
      const written = directive(kind, value, precision)
      if (flags?.includes('-')) return written.padEnd(Number(width))
      const isPadded = flags?.includes('0') && 'dif'.includes(kind)
      return isPadded ? zeroPadded(written, Number(width)) : written.padStart(Number(width))
    },
  )
  if (next < given.length && !isDict(values))
    throw new Error('not all arguments converted during string formatting')
  return formatted
}

function directive(kind: string, value: Value, precision: string | undefined): string {
  if (kind === 's' || kind === 'r') {
    const written = kind === 's' ? toText(value) : represent(value)
    return precision === undefined ? written : [...written].slice(0, Number(precision)).join('')
  }
  const number = numberOf(value)
  if (number === undefined)
    throw new Error(`%${kind} format: a number is required, not ${typeName(value)}`)
  return kind === 'f' ? number.toFixed(Number(precision ?? 6)) : toText(Math.trunc(number))
}

function zeroPadded(digits: string, width: number): string {
  return digits.startsWith('-')
    ? `-${digits.slice(1).padStart(width - 1, '0')}`
    : digits.padStart(width, '0')
}

/**
 * Python's `text.format(…)` for `{}`, `{0}` and `{name}` without a format of their own.
 *
 * @throws Error for anything else in braces, and for values that are missing
 */
export function formatBraces(
  text: string,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
): string {
  let next = 0
  return text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (all, field: string | undefined) => {
    if (all === '{{' || all === '}}') return all[0]
    if (field === undefined || !/^\w*$/.test(field))
      throw new Error(`unsupported format of "${text}"`)
    const value =
      field === ''
        ? positional[next++]
        : /^\d+$/.test(field)
          ? positional[Number(field)]
          : named.get(field)
    if (value === undefined) throw new Error(`no value for ${all} in "${text}"`)
    return toText(value)
  })
}
