import type { Json } from '@icrl/core'
import { spend } from './limits.ts'

/** A value while a template is rendered, as Python has it. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Float
  | Undefined
  | Namespace
  | Callable
  | Dict
  | readonly Value[]

/** A dict; its order is that of insertion. */
export type Dict = ReadonlyMap<Value, Value>

/** A function, a method or a macro. */
export type Callable = (positional: readonly Value[], named: ReadonlyMap<string, Value>) => Value

/** A whole number of Python's type float: it prints as `2.0`. Other floats are JS numbers. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** What a missing name or attribute gives: it prints as nothing, and using it is an error. */
export class Undefined {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** What `namespace()` gives: attributes that can be set from within a loop. */
export class Namespace {
  readonly names: Map<string, Value>
  constructor(entries: Iterable<readonly [string, Value]>) {
    this.names = new Map(entries)
  }
}

/** A tuple: a list that prints with parentheses. */
export class Tuple extends Array<Value> {}

export function tuple(...items: Value[]): Tuple {
  const made = new Tuple()
  made.push(...items)
  return made
}

export const isDict = (value: Value): value is Dict => value instanceof Map
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

/** The value, or where there is none another. (`??` would replace `None`, too.) */
export const orElse = (value: Value | undefined, other: () => Value): Value =>
  value === undefined ? other() : value

/** JSON as a template sees it. */
export function fromJson(json: Json): Value {
  if (Array.isArray(json)) return json.map(fromJson)
  if (typeof json !== 'object' || json === null) return json
  return new Map(
    Object.entries(json)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, fromJson(value)]),
  )
}

/** Python's name of a value's type, for errors. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (value instanceof Float) return 'float'
  if (value instanceof Undefined) return 'Undefined'
  if (value instanceof Namespace) return 'Namespace'
  if (value instanceof Tuple) return 'tuple'
  if (isList(value)) return 'list'
  if (isDict(value)) return 'dict'
  if (typeof value === 'number') return isFloat(value) ? 'float' : 'int'
  return { string: 'str', boolean: 'bool', function: 'function' }[
    typeof value as 'string' | 'boolean' | 'function'
  ]
}

/** Python's truth: empty values, zero and what is undefined are false. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'string' || isList(value)) return value.length > 0
  if (value === null || value instanceof Undefined) return false
  if (isDict(value)) return value.size > 0
  if (value instanceof Float) return value.value !== 0
  return value !== false && value !== 0
}

/** A number, or a bool as Python counts it; undefined for anything else. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  return value instanceof Float ? value.value : undefined
}

/** JSON does not tell ints from floats: a number is an int if it is whole and prints in full. */
export const isFloat = (value: Value): boolean =>
  value instanceof Float ||
  (typeof value === 'number' && (!Number.isInteger(value) || Math.abs(value) >= 1e21))

/** A number of type int or float. */
export const numeric = (value: number, float: boolean): Value =>
  float && Number.isInteger(value) ? new Float(value) : value

/** Python's `==`: `1 == True`, but an empty string is not false. */
export function isEqual(a: Value, b: Value): boolean {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined && y !== undefined) return x === y
  if (a instanceof Undefined) return b instanceof Undefined
  if (isList(a) && isList(b))
    return (
      a instanceof Tuple === b instanceof Tuple &&
      a.length === b.length &&
      a.every((item, i) => isEqual(item, b[i]))
    )
  if (isDict(a) && isDict(b))
    return (
      a.size === b.size &&
      [...a].every(([key, item]) => {
        const other = b.get(key)
        return other !== undefined && isEqual(item, other)
      })
    )
  return a === b
}

/**
 * Negative, zero or positive as Python orders two values.
 *
 * @throws Error where Python does not: numbers, strings and lists have an order, among themselves
 */
export function compare(a: Value, b: Value, sign = '<'): number {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined && y !== undefined) return x - y
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (isList(a) && isList(b)) {
    const i = a.findIndex((item, k) => k >= b.length || !isEqual(item, b[k]))
    return i < 0 || i >= b.length ? a.length - b.length : compare(a[i], b[i], sign)
  }
  checkDefined(a)
  checkDefined(b)
  throw new Error(
    `'${sign}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  )
}

/** By code points, as Python does; JavaScript compares halves of them. */
function compareText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const i = left.findIndex((letter, k) => letter !== right[k])
  if (i < 0 || i >= right.length) return left.length - right.length
  return (left[i].codePointAt(0) as number) - (right[i].codePointAt(0) as number)
}

/** @throws Error with the reason of what is undefined */
export function checkDefined(value: Value): void {
  if (value instanceof Undefined) throw new Error(value.reason)
}

/**
 * What a loop over a value visits: items, characters, keys; nothing where it is undefined.
 *
 * @throws Error for what cannot be looped over
 */
export function iterate(value: Value): readonly Value[] {
  if (isList(value)) {
    spend(value.length)
    return value
  }
  if (typeof value === 'string') {
    spend(value.length)
    return [...value]
  }
  if (isDict(value)) {
    spend(value.size)
    return [...value.keys()]
  }
  if (value instanceof Undefined) return []
  throw new Error(`'${typeName(value)}' object is not iterable`)
}

/** Python's `len`, in code points for text; 0 for what is undefined. */
export function lengthOf(value: Value): number {
  if (isDict(value)) return value.size
  if (isList(value) || typeof value === 'string' || value instanceof Undefined)
    return iterate(value).length
  throw new Error(`object of type '${typeName(value)}' has no len()`)
}
