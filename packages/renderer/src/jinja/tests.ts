import { isIn } from './operators.ts'
import { toText } from './text.ts'
import {
  compare,
  isDict,
  isEqual,
  isFloat,
  isList,
  numberOf,
  Undefined,
  type Value,
} from './value.ts'

const isText = (value: Value): value is string => typeof value === 'string'
const isDefined = (value: Value): boolean => !(value instanceof Undefined)
const isInteger = (value: Value): boolean => typeof value === 'number' && Number.isInteger(value)
const isSequence = (value: Value): boolean =>
  isText(value) || isList(value) || isDict(value) || !isDefined(value)

function remainder(value: Value, by: Value): number {
  const [x, y] = [numberOf(value), numberOf(by)]
  if (x === undefined || y === undefined) throw new Error(`${toText(value)} is not a number`)
  return x % y
}

/** Jinja's tests, by name; those that compare take the other value as their argument. */
export const TESTS: ReadonlyMap<string, (value: Value, other: Value) => boolean> = new Map<
  string,
  (value: Value, other: Value) => boolean
>([
  ['defined', isDefined],
  ['undefined', (value) => !isDefined(value)],
  ['none', (value) => value === null],
  ['true', (value) => value === true],
  ['false', (value) => value === false],
  ['boolean', (value) => typeof value === 'boolean'],
  ['integer', isInteger],
  ['float', isFloat],
  ['number', (value) => numberOf(value) !== undefined],
  ['string', isText],
  ['mapping', isDict],
  ['sequence', isSequence],
  ['iterable', isSequence],
  ['callable', (value) => typeof value === 'function'],
  ['odd', (value) => remainder(value, 2) !== 0],
  ['even', (value) => remainder(value, 2) === 0],
  ['divisibleby', (value, other) => remainder(value, other) === 0],
  ['lower', (value) => isText(value) && value === value.toLowerCase() && /\p{L}/u.test(value)],
  ['upper', (value) => isText(value) && value === value.toUpperCase() && /\p{L}/u.test(value)],
  ['in', isIn],
  ['sameas', (value, other) => value === other],
  ...['eq', 'equalto', '=='].map((name) => [name, isEqual] as const),
  ...['ne', '!='].map((name) => [name, (a: Value, b: Value) => !isEqual(a, b)] as const),
  ...['lt', 'lessthan', '<'].map(
    (name) => [name, (a: Value, b: Value) => compare(a, b) < 0] as const,
  ),
  ...['gt', 'greaterthan', '>'].map(
    (name) => [name, (a: Value, b: Value) => compare(a, b, '>') > 0] as const,
  ),
  ...['le', '<='].map((name) => [name, (a: Value, b: Value) => compare(a, b, '<=') <= 0] as const),
  ...['ge', '>='].map((name) => [name, (a: Value, b: Value) => compare(a, b, '>=') >= 0] as const),
])

/** @throws Error for a test that Jinja does not have */
export function testNamed(name: string): (value: Value, other: Value) => boolean {
  const found = TESTS.get(name)
  if (found === undefined) throw new Error(`No test named '${name}'`)
  return found
}
