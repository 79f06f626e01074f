import { randomStream } from '@icrl/core'

/** Random choices of one draw of the corpus, the same for the same seed and path. */
export interface Draw {
  /** A whole number from `low` to `high`, both included. */
  readonly int: (low: number, high: number) => number
  readonly pick: <T>(items: readonly T[]) => T
  /** Some of the items, in a random order. */
  readonly some: <T>(items: readonly T[], count: number) => T[]
  readonly flip: () => boolean
  /** A whole number of that range other than `value`. */
  readonly other: (value: number, low: number, high: number) => number
}

/** The draw of a path: a kind's name and a count. */
export function drawOf(seed: number, ...path: (string | number)[]): Draw {
  const stream = randomStream(seed, ...path)
  let count = 0
  const int = (low: number, high: number): number => low + stream.integer(count++, high - low + 1)
  const some = <T>(items: readonly T[], count: number): T[] => {
    const left = [...items]
    return Array.from(
      { length: Math.min(count, left.length) },
      () => left.splice(int(0, left.length - 1), 1)[0],
    )
  }
  return {
    int,
    some,
    pick: (items) => items[int(0, items.length - 1)],
    flip: () => int(0, 1) === 1,
    other: (value, low, high) => {
      const drawn = int(low, high - 1)
      return drawn >= value ? drawn + 1 : drawn
    },
  }
}
