import type { RandomStream } from '@icrl/core'

/** Successive draws from a stream, for generators that are functions of a seed. */
export interface Draws {
  /** In [0, 1). */
  uniform(): number
  /** In {low, …, high}. */
  between(low: number, high: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** An element; the list must not be empty. */
  pick<T>(list: readonly T[]): T
  /** The elements in a random order. */
  shuffled<T>(list: readonly T[]): T[]
}

/**
 * Draws from a stream, from index 0 on.
 *
 * @example
 * const draws = drawsFrom(randomStream(7, 'world'))
 * draws.between(1, 6)
 */
export function drawsFrom(stream: RandomStream): Draws {
  let index = 0
  const between = (low: number, high: number): number =>
    low + stream.integer(index++, high - low + 1)
  return {
    uniform: () => stream.uniform(index++),
    between,
    chance: (probability) => stream.uniform(index++) < probability,
    pick: (list) => list[between(0, list.length - 1)],
    shuffled: (list) => {
      const out = [...list]
      for (let i = out.length - 1; i > 0; i--) {
        const j = between(0, i)
        const kept = out[i]
        out[i] = out[j]
        out[j] = kept
      }
      return out
    },
  }
}
