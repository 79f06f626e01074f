import { formatPercent } from './format-text.ts'
import { checkLength, spend } from './limits.ts'
import { toText } from './text.ts'
import {
  checkDefined,
  compare,
  isDict,
  isEqual,
  isFloat,
  isList,
  iterate,
  numberOf,
  numeric,
  Tuple,
  tuple,
  typeName,
  type Value,
} from './value.ts'

/**
 * A binary operator other than `and` and `or`, as Python computes it.
 *
 * @throws Error for operands it is not defined for
 */
export function operate(sign: string, a: Value, b: Value): Value {
  if (sign === '==') return isEqual(a, b)
  if (sign === '!=') return !isEqual(a, b)
  if (sign === '~') return joined(toText(a), toText(b))
  if (sign === 'in') return isIn(a, b)
  if (sign === 'not in') return !isIn(a, b)
  if (sign === '<') return compare(a, b, sign) < 0
  if (sign === '>') return compare(a, b, sign) > 0
  if (sign === '<=') return compare(a, b, sign) <= 0
  if (sign === '>=') return compare(a, b, sign) >= 0
  checkDefined(a)
  checkDefined(b)
  return ofSequences(sign, a, b) ?? ofNumbers(sign, a, b) ?? refuse(sign, a, b)
}

/** Python's `in`: a part of a text, an item of a list, a key of a dict. */
export function isIn(item: Value, container: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item)
    throw new Error(`'in <string>' requires string as left operand, not ${typeName(item)}`)
  }
  if (isDict(container)) return container.has(item)
  return iterate(container).some((other) => isEqual(item, other))
}

function ofSequences(sign: string, a: Value, b: Value): Value | undefined {
  if (sign === '+' && typeof a === 'string' && typeof b === 'string') return joined(a, b)
  if (sign === '+' && isList(a) && isList(b)) {
    if (a instanceof Tuple !== b instanceof Tuple) return undefined
    checkLength(a.length + b.length)
    spend(a.length + b.length)
    return a instanceof Tuple ? tuple(...a, ...b) : [...a, ...b]
  }
  if (sign === '%' && typeof a === 'string') return formatPercent(a, b)
  if (sign !== '*') return undefined
  if (typeof b === 'number') return repeated(a, b)
  return typeof a === 'number' ? repeated(b, a) : undefined
}

function joined(a: string, b: string): string {
  checkLength(a.length + b.length)
  return a + b
}

function repeated(value: Value, times: number): Value | undefined {
  if (!Number.isInteger(times)) return undefined
  if (typeof value !== 'string' && !isList(value)) return undefined
  const length = Math.max(0, times)
  checkLength(value.length * length)
  if (typeof value === 'string') return value.repeat(length)
  spend(value.length * length)
  return Array.from({ length }, () => value).flat()
}

function ofNumbers(sign: string, a: Value, b: Value): Value | undefined {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x === undefined || y === undefined) return undefined
  const float = isFloat(a) || isFloat(b)
  if (y === 0 && ['/', '//', '%'].includes(sign)) throw new Error('division by zero')
  if (sign === '+') return numeric(x + y, float)
  if (sign === '-') return numeric(x - y, float)
  if (sign === '*') return numeric(x * y, float)
  if (sign === '/') return numeric(x / y, true)
  if (sign === '//') return numeric(Math.floor(x / y), float)
  if (sign === '%') return numeric(x - y * Math.floor(x / y), float)
  return sign === '**' ? numeric(x ** y, float || y < 0) : undefined
}

function refuse(sign: string, a: Value, b: Value): never {
  if (sign === '+' && typeof a === 'string')
    throw new Error(`can only concatenate str (not "${typeName(b)}") to str`)
  throw new Error(`unsupported operand type(s) for ${sign}: '${typeName(a)}' and '${typeName(b)}'`)
}
