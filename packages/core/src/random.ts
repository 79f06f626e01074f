import { IcrlError } from './errors.ts'
import { philoxBlock } from './philox.ts'

type StreamKey = readonly [number, number]

/** One step of a path that names a stream. */
export type PathPart = string | number

/**
 * Random numbers that are counted, not consumed: the value at an index depends on the stream's path
 * and the index alone, so batches, retries, worker counts and resumes cannot change it.
 */
export interface RandomStream {
  /** Seed and path that name the stream: equal paths, equal numbers. */
  readonly path: readonly PathPart[]
  /** In [0, 1), 53 bits. */
  uniform(index: number): number
  /** In {0, …, below − 1}, without bias worth measuring (53-bit multiply). */
  integer(index: number, below: number): number
  /** Standard normal (Box–Muller). */
  normal(index: number): number
  /**
   * `[length]` a permutation of 0 … length − 1 (Fisher–Yates on the child stream of this index).
   */
  permutation(index: number, length: number): Int32Array
  /** An independent stream below this one. */
  child(...path: PathPart[]): RandomStream
}

const encoder = new TextEncoder()

const double = new Float64Array(1)
const doubleWords = new Uint32Array(double.buffer)
/** Words of recent texts, kept because roles, domains and task ids come again and again. */
const known = new Map<string, readonly number[]>()
const MOST_KNOWN = 4096

/** Type tag, then length, then content: no two different paths absorb the same words. */
function wordsOf(part: PathPart): readonly number[] {
  if (typeof part === 'string') return known.get(part) ?? learn(part)
  double[0] = part === 0 ? 0 : part
  return [1, doubleWords[0], doubleWords[1]]
}

function learn(text: string): readonly number[] {
  const bytes = encoder.encode(text)
  const words = [2, bytes.length]
  for (let i = 0; i < bytes.length; i += 4) {
    words.push(
      (bytes[i] |
        ((bytes[i + 1] ?? 0) << 8) |
        ((bytes[i + 2] ?? 0) << 16) |
        ((bytes[i + 3] ?? 0) << 24)) >>>
        0,
    )
  }
  if (known.size >= MOST_KNOWN) known.clear()
  if (text.length < 256) known.set(text, words)
  return words
}

/** Working memory of one block: its counter goes in, its random words come out. */
const block = new Uint32Array(4)

/** Absorbs words into a key by chaining Philox as a pseudo-random function. */
function absorb(key: StreamKey, path: readonly PathPart[]): StreamKey {
  let [high, low] = key
  for (const part of path) {
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw new IcrlError(`random stream: path part ${part} is not finite.`, {
        code: 'invalid-option',
        remedy: 'Use finite numbers or strings.',
      })
    }
    for (const word of wordsOf(part)) {
      block[0] = word
      block[1] = 0
      block[2] = 0
      block[3] = 0x7061_7468
      philoxBlock(block, high, low)
      high = block[0]
      low = block[1]
    }
  }
  return [high, low]
}

class KeyedStream implements RandomStream {
  readonly #key: StreamKey
  readonly #own: readonly PathPart[]
  readonly #above: KeyedStream | undefined

  constructor(key: StreamKey, own: readonly PathPart[], above?: KeyedStream) {
    this.#key = key
    this.#own = own
    this.#above = above
  }

  get path(): readonly PathPart[] {
    return [...(this.#above?.path ?? []), ...this.#own]
  }

  uniform(index: number): number {
    this.#draw(index)
    return unit(block[0], block[1])
  }

  integer(index: number, below: number): number {
    return Math.floor(this.uniform(index) * below)
  }

  normal(index: number): number {
    this.#draw(index)
    return (
      Math.sqrt(-2 * Math.log(1 - unit(block[0], block[1]))) *
      Math.cos(2 * Math.PI * unit(block[2], block[3]))
    )
  }

  permutation(index: number, length: number): Int32Array {
    const draws = this.child('permutation', index)
    const order = Int32Array.from({ length }, (_, i) => i)
    for (let i = length - 1; i > 0; i--) {
      const j = draws.integer(i, i + 1)
      const kept = order[i]
      order[i] = order[j]
      order[j] = kept
    }
    return order
  }

  child(...path: PathPart[]): RandomStream {
    return new KeyedStream(absorb(this.#key, path), path, this)
  }

  /** Leaves the random words of an index in `block`. */
  #draw(index: number): void {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new IcrlError(`random stream: index ${index} is not a count.`, {
        code: 'invalid-option',
        remedy: 'Use an integer of 0 or more.',
      })
    }
    block[0] = index
    block[1] = Math.floor(index / 0x1_0000_0000)
    block[2] = 0
    block[3] = 0
    philoxBlock(block, this.#key[0], this.#key[1])
  }
}

/** A number in [0, 1) made of the upper 53 of 64 bits. */
function unit(high: number, low: number): number {
  return ((high >>> 5) * 0x400_0000 + (low >>> 6)) / 0x20_0000_0000_0000
}

/**
 * The stream named by a seed and a path.
 *
 * @param seed any finite number
 * @example
 * const noise = randomStream(0, 'init', 'layers.0.weight')
 * noise.uniform(3) // the same number today, tomorrow, and before uniform(2)
 */
export function randomStream(seed: number, ...path: PathPart[]): RandomStream {
  const whole = [seed, ...path]
  return new KeyedStream(absorb([0x6963_726c, 0], whole), whole)
}
