import { integerArgument, textArgument } from './arguments.ts'
import { checkRange } from './limits.ts'
import { toText } from './text.ts'
import { isDict, iterate, Namespace, type Value } from './value.ts'

/** The names that transformers gives every template, but for the clock. */
export const GLOBALS: readonly (readonly [string, Value])[] = [
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
  [
    'raise_exception',
    ([message]) => {
      throw new Error(toText(message ?? ''))
    },
  ],
  [
    'range',
    (positional) => {
      const bounds = positional.map((bound) => integerArgument(bound, 0))
      checkRange(rangeLength(bounds))
      return range(bounds)
    },
  ],
  ['dict', (positional, named) => new Map<Value, Value>([...pairs(positional), ...named])],
  ['namespace', (positional, named) => new Namespace([...pairs(positional), ...named])],
]

/** What `dict` and `namespace` are made of. */
export function pairs([source]: readonly Value[]): [string, Value][] {
  if (source === undefined) return []
  const entries = isDict(source) ? [...source] : iterate(source).map((pair) => iterate(pair))
  return entries.map(([key, value]) => [textArgument(key), value])
}

/** The whole numbers of Python's `range`. */
export function range(bounds: readonly number[]): Value[] {
  const [start, , step = 1] = startStopStep(bounds)
  return Array.from({ length: rangeLength(bounds) }, (_, i) => start + i * step)
}

function rangeLength(bounds: readonly number[]): number {
  const [start, stop, step = 1] = startStopStep(bounds)
  if (step === 0) throw new Error('range() arg 3 must not be zero')
  return Math.max(0, Math.ceil((stop - start) / step))
}

const startStopStep = (bounds: readonly number[]): readonly number[] =>
  bounds.length === 1 ? [0, ...bounds] : bounds
