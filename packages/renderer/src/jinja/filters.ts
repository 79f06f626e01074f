import { bindArguments, integerArgument, textArgument } from './arguments.ts'
import { item } from './attributes.ts'
import { formatPercent } from './format-text.ts'
import { checkLength } from './limits.ts'
import { operate } from './operators.ts'
import { capitalize, indent, replace, strip, titleWords } from './strings.ts'
import { testNamed } from './tests.ts'
import { toJson, toText } from './text.ts'
import {
  checkDefined,
  compare,
  Float,
  isDict,
  isEqual,
  isFloat,
  isTrue,
  iterate,
  lengthOf,
  numberOf,
  numeric,
  orElse,
  tuple,
  typeName,
  Undefined,
  type Value,
} from './value.ts'

/** A filter: what stands left of the bar, and the arguments in parentheses. */
export type Filter = (
  value: Value,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
) => Value

/** @throws Error for a filter that is not there */
export function filterNamed(name: string): Filter {
  const found = FILTERS.get(name)
  if (found === undefined) throw new Error(`No filter named '${name}'`)
  return found
}

function spaces(width: number): string {
  checkLength(width)
  return ' '.repeat(Math.max(0, width))
}

/** A filter whose arguments have names. */
const withNames =
  (
    names: readonly string[],
    of: (value: Value, ...given: (Value | undefined)[]) => Value,
  ): Filter =>
  (value, positional, named) =>
    of(value, ...bindArguments(names, positional, named))

const onText =
  (of: (text: string) => Value): Filter =>
  (value) =>
    of(toText(value))

/** `user.name` or `0.id`: a path of attributes and indices. */
function pathOf(value: Value, path: Value): Value {
  const parts = typeof path === 'string' ? path.split('.') : [path]
  return parts.reduce<Value>(
    (found, part) =>
      item(found, typeof part === 'string' && /^\d+$/.test(part) ? Number(part) : part),
    value,
  )
}

const atPath =
  (path: Value | undefined) =>
  (value: Value): Value =>
    path === undefined || path === null ? value : pathOf(value, path)

const folded =
  (caseSensitive: Value | undefined) =>
  (value: Value): Value =>
    typeof value === 'string' && !isTrue(caseSensitive ?? false) ? value.toLowerCase() : value

function sorted(
  values: readonly Value[],
  keyOf: (value: Value) => Value,
  reverse: Value | undefined,
): Value[] {
  const sign = isTrue(reverse ?? false) ? -1 : 1
  return values
    .map((value) => ({ value, key: keyOf(value) }))
    .sort((a, b) => sign * compare(a.key, b.key))
    .map(({ value }) => value)
}

function edge(of: (list: readonly Value[]) => Value | undefined): Filter {
  return (value) =>
    orElse(of(iterate(value)), () => new Undefined('No item: the sequence was empty.'))
}

/** What is mapped or selected from: of `None` and other false values, nothing. */
const candidates = (value: Value): readonly Value[] => (isTrue(value) ? iterate(value) : [])

/** `select`, `reject` and, with a path first, `selectattr` and `rejectattr`. */
function selection(wanted: boolean, hasPath: boolean): Filter {
  return (value, positional) => {
    const [path, name, ...rest] = hasPath ? positional : [undefined, ...positional]
    const test = name === undefined ? isTrue : testNamed(textArgument(name))
    return candidates(value).filter(
      (one) => test(atPath(path)(one), orElse(rest[0], noArgument)) === wanted,
    )
  }
}

const noArgument = (): Value => new Undefined('the test has no argument')

function mapped(
  value: Value,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value {
  const path = named.get('attribute')
  if (path === undefined) {
    const [name, ...rest] = positional
    const filter = filterNamed(textArgument(name))
    return candidates(value).map((one) => filter(one, rest, named))
  }
  const fallback = named.get('default')
  return candidates(value).map((one) => {
    const found = pathOf(one, path)
    return found instanceof Undefined ? orElse(fallback, () => found) : found
  })
}

/** Python's `int`: undefined where it raises. */
function parsedInteger(text: string): number | undefined {
  const digits = strip(text, 'both')
  if (/^[+-]?\d+(_\d+)*$/.test(digits)) return Number(digits.replaceAll('_', ''))
  const float = parsedFloat(text)
  return float === undefined ? undefined : Math.trunc(float)
}

function parsedFloat(text: string): number | undefined {
  const digits = strip(text, 'both')
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return undefined
  return Number(digits)
}

const numbered = (
  parse: (text: string) => number | undefined,
  of: (number: number) => Value,
  none: Value,
): Filter =>
  withNames(['default'], (value, fallback = none) => {
    checkDefined(value)
    const number = typeof value === 'string' ? parse(value) : numberOf(value)
    return number === undefined ? fallback : of(number)
  })

function jsonSeparators(given: Value | undefined, isIndented: boolean): readonly [string, string] {
  if (given === undefined || given === null) return [isIndented ? ',' : ', ', ': ']
  const [comma, colon] = iterate(given).map(textArgument)
  return [comma, colon]
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&#34;'],
  ["'", '&#39;'],
])

const escapeHtml = onText((text) =>
  text.replace(/[&<>"']/g, (letter) => ENTITIES.get(letter) as string),
)

const defaultFilter = withNames(
  ['default_value', 'boolean'],
  (value, fallback = '', boolean = false) =>
    value instanceof Undefined || (isTrue(boolean) && !isTrue(value)) ? fallback : value,
)

const absolute: Filter = (value) => {
  const number = numberOf(value)
  if (number === undefined) throw new Error(`bad operand type for abs(): '${typeName(value)}'`)
  return numeric(Math.abs(number), isFloat(value))
}

const toItems: Filter = (value) => {
  if (value instanceof Undefined) return []
  if (!isDict(value)) throw new Error('Can only get item pairs from a mapping.')
  return [...value].map((entry) => tuple(...entry))
}

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['abs', absolute],
  ['capitalize', onText(capitalize)],
  ['count', lengthOf],
  ['d', defaultFilter],
  ['default', defaultFilter],
  [
    'dictsort',
    withNames(['case_sensitive', 'by', 'reverse'], (value, caseSensitive, by = 'key', reverse) => {
      const place = by === 'key' ? 0 : 1
      const key = folded(caseSensitive)
      return sorted(
        toItems(value, [], new Map()) as Value[],
        (pair) => key(item(pair, place)),
        reverse,
      )
    }),
  ],
  ['e', escapeHtml],
  ['escape', escapeHtml],
  ['first', edge((list) => list[0])],
  ['float', numbered(parsedFloat, (number) => numeric(number, true), new Float(0))],
  [
    'format',
    (value, positional, named) =>
      formatPercent(toText(value), named.size > 0 ? new Map(named) : tuple(...positional)),
  ],
  [
    'indent',
    withNames(['width', 'first', 'blank'], (value, width = 4, first = false, blank = false) =>
      indent(
        toText(value),
        typeof width === 'string' ? width : spaces(integerArgument(width, 4)),
        isTrue(first),
        isTrue(blank),
      ),
    ),
  ],
  ['int', numbered(parsedInteger, Math.trunc, 0)],
  ['items', toItems],
  [
    'join',
    withNames(['d', 'attribute'], (value, separator = '', path) =>
      iterate(value)
        .map((one) => toText(atPath(path)(one)))
        .join(toText(separator)),
    ),
  ],
  ['last', edge((list) => list.at(-1))],
  ['length', lengthOf],
  ['list', (value) => [...iterate(value)]],
  ['lower', onText((text) => text.toLowerCase())],
  ['map', mapped],
  ['max', edge((list) => list.reduce((a, b) => (compare(b, a) > 0 ? b : a), list[0]))],
  ['min', edge((list) => list.reduce((a, b) => (compare(b, a) < 0 ? b : a), list[0]))],
  ['reject', selection(false, false)],
  ['rejectattr', selection(false, true)],
  [
    'replace',
    withNames(['old', 'new', 'count'], (value, old, by, count) =>
      replace(
        toText(value),
        toText(old ?? ''),
        toText(by ?? ''),
        count === null ? -1 : integerArgument(count, -1),
      ),
    ),
  ],
  [
    'reverse',
    (value) => {
      const reversed = [...iterate(value)].reverse()
      return typeof value === 'string' ? reversed.map(toText).join('') : reversed
    },
  ],
  ['safe', (value) => value],
  ['select', selection(true, false)],
  ['selectattr', selection(true, true)],
  [
    'sort',
    withNames(['reverse', 'case_sensitive', 'attribute'], (value, reverse, caseSensitive, path) => {
      const key = folded(caseSensitive)
      return sorted(iterate(value), (one) => key(atPath(path)(one)), reverse)
    }),
  ],
  ['string', (value) => toText(value)],
  [
    'sum',
    withNames(['attribute', 'start'], (value, path, start = 0) =>
      iterate(value)
        .map(atPath(path))
        .reduce((total, one) => operate('+', total, one), start),
    ),
  ],
  ['title', onText(titleWords)],
  [
    'tojson',
    withNames(
      ['ensure_ascii', 'indent', 'separators', 'sort_keys'],
      (value, ensureAscii = false, by = null, separators = null, sortKeys = false) =>
        toJson(value, {
          ensureAscii: isTrue(ensureAscii),
          indent: typeof by === 'number' ? spaces(by) : by === null ? undefined : textArgument(by),
          separators: jsonSeparators(separators, by !== null),
          sortKeys: isTrue(sortKeys),
        }),
    ),
  ],
  [
    'trim',
    withNames(['chars'], (value, characters = null) =>
      strip(toText(value), 'both', characters === null ? undefined : textArgument(characters)),
    ),
  ],
  [
    'unique',
    withNames(['case_sensitive', 'attribute'], (value, caseSensitive, path) => {
      const key = folded(caseSensitive)
      const seen: Value[] = []
      return iterate(value).filter((one) => {
        const own = key(atPath(path)(one))
        if (seen.some((other) => isEqual(own, other))) return false
        seen.push(own)
        return true
      })
    }),
  ],
  ['upper', onText((text) => text.toUpperCase())],
])
