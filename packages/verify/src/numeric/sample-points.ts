import { childrenOf, type Node } from '../syntax/node.ts'
import type { Complex, ComplexArithmetic } from './complex.ts'
import { pseudoRandom } from './pseudo-random.ts'

const OF_INTEGERS = new Set([
  'factorial',
  'doubleFactorial',
  'binomial',
  'floor',
  'ceil',
  'mod',
  'gcd',
  'lcm',
])

/**
 * The symbols of an expression that stand for numbers: not the index of a series inside its body.
 */
export function freeSymbols(node: Node, found: Set<string> = new Set()): Set<string> {
  if (node.type === 'symbol') found.add(node.name)
  else if (node.type === 'series') {
    freeSymbols(node.from, found)
    freeSymbols(node.to, found)
    for (const name of freeSymbols(node.body)) if (name !== node.index) found.add(name)
  } else for (const child of childrenOf(node)) freeSymbols(child, found)
  return found
}

/**
 * Symbols that an expression only makes sense of as integers: under factorials, floors, in a
 * series' bounds.
 */
export function integerSymbols(node: Node, found: Set<string> = new Set()): Set<string> {
  if (node.type === 'call' && OF_INTEGERS.has(node.name))
    for (const child of node.of) freeSymbols(child, found)
  if (node.type === 'series') for (const child of [node.from, node.to]) freeSymbols(child, found)
  // (−1)^n
  if (node.type === 'power' && node.base.type === 'negative' && node.base.of.type === 'number')
    freeSymbols(node.exponent, found)
  for (const child of childrenOf(node)) integerSymbols(child, found)
  return found
}

/** Spread of the scales reals are drawn at. */
const SCALES = [0n, 0n, 1n, -1n, 0n, 2n, 0n, 3n, -2n, 5n]

/**
 * The index-th sample point: integers from 1 to 12, reals from all scales near 1, positive or, for
 * "mixed", of either sign.
 */
export function samplePoint(
  symbols: Iterable<string>,
  integers: ReadonlySet<string>,
  index: number,
  signs: 'positive' | 'mixed',
  { real }: ComplexArithmetic,
): Map<string, Complex> {
  const point = new Map<string, Complex>()
  for (const name of symbols) {
    const random = pseudoRandom(`${name}#${index}`, [], real)
    const scale = SCALES[index % SCALES.length]
    let value = integers.has(name)
      ? (1n + (((random - real.one / 2n) * 6n) >> BigInt(real.bits))) * real.one
      : scale >= 0n
        ? random << scale
        : random >> -scale
    if (
      signs === 'mixed' &&
      !integers.has(name) &&
      pseudoRandom(`sign ${name}#${index}`, [], real) & (1n << BigInt(real.bits - 3))
    )
      value = -value
    point.set(name, { re: value, im: 0n })
  }
  return point
}
