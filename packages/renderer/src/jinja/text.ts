import {
  Float,
  isDict,
  isFloat,
  isList,
  lengthOf,
  Namespace,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './value.ts'

/** What Python's `str` makes of a value: what a template prints. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value
  return value instanceof Undefined ? '' : represent(value)
}

/** What Python's `repr` makes of a value: text within a list has quotes. */
export function represent(value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || value instanceof Float) return numberText(value)
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Namespace) return `<Namespace ${represent(new Map(value.names))}>`
  if (isDict(value))
    return `{${[...value].map(([key, item]) => `${represent(key)}: ${represent(item)}`).join(', ')}}`
  if (!isList(value)) throw new Error('a function is printed; call it')
  const items = value.map(represent).join(', ')
  if (!(value instanceof Tuple)) return `[${items}]`
  return lengthOf(value) === 1 ? `(${items},)` : `(${items})`
}

/** An int in full, a float with the shortest digits that name it. */
function numberText(value: number | Float): string {
  if (typeof value === 'number' && !isFloat(value)) return String(BigInt(value))
  const float = value instanceof Float ? value.value : value
  if (!Number.isFinite(float)) return String(float).replace('Infinity', 'inf').replace('NaN', 'nan')
  const [mantissa, exponent] = float.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 16) {
    const digits = String(Math.abs(power)).padStart(2, '0')
    return `${mantissa}e${power < 0 ? '-' : '+'}${digits}`
  }
  if (Object.is(float, -0)) return '-0.0'
  return Number.isInteger(float) ? `${float}.0` : String(float)
}

const UNPRINTED = /[\p{C}\p{Z}\\]/gu
const ESCAPES = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\\', '\\\\'],
  [' ', ' '],
])

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(UNPRINTED, (letter) => ESCAPES.get(letter) ?? escapeCode(letter))
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

function escapeCode(letter: string): string {
  const code = letter.codePointAt(0) as number
  const hex = (width: number): string => code.toString(16).padStart(width, '0')
  if (code < 0x100) return `\\x${hex(2)}`
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`
}

/** Options of Python's `json.dumps`, as transformers passes them on. */
export interface JsonOptions {
  readonly ensureAscii: boolean
  /** What each level is indented by; undefined: all on one line. */
  readonly indent: string | undefined
  /** Between items, and between a key and its value. */
  readonly separators: readonly [string, string]
  readonly sortKeys: boolean
}

/**
 * What Python's `json.dumps` writes.
 *
 * @throws Error for what JSON cannot hold, undefined values among it
 */
export function toJson(value: Value, options: JsonOptions, depth = 0): string {
  if (typeof value === 'string') return jsonText(value, options.ensureAscii)
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' || value instanceof Float)
    return numberText(value).replace('inf', 'Infinity').replace('nan', 'NaN')
  const inner = (item: Value): string => toJson(item, options, depth + 1)
  if (isList(value)) return enclosed('[', value.map(inner), ']', options, depth)
  if (!isDict(value)) throw new Error(`Object of type ${typeName(value)} is not JSON serializable`)
  const keyed = [...value].map(([key, item]) => [jsonKey(key), item] as const)
  if (options.sortKeys) keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const entries = keyed.map(
    ([key, item]) => jsonText(key, options.ensureAscii) + options.separators[1] + inner(item),
  )
  return enclosed('{', entries, '}', options, depth)
}

function enclosed(
  open: string,
  items: readonly string[],
  close: string,
  { indent, separators: [comma] }: JsonOptions,
  depth: number,
): string {
  if (indent === undefined || items.length === 0) return open + items.join(comma) + close
  const line = `\n${indent.repeat(depth + 1)}`
  return `${open}${line}${items.join(comma + line)}\n${indent.repeat(depth)}${close}`
}

function jsonKey(key: Value): string {
  return typeof key === 'string' ? key : represent(key).replace('None', 'null').toLowerCase()
}

function jsonText(text: string, ensureAscii: boolean): string {
  const json = JSON.stringify(text)
  if (!ensureAscii) return json
  return json.replace(
    /[\u007f-\uffff]/g,
    (half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
