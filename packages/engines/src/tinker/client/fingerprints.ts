import { IcrlError, randomStream } from '@icrl/core'
import type { Datum } from '../protocol/pass.ts'
import { vector } from '../protocol/tensor.ts'

const LENGTH = 16
/** Differences up to here are those of summing in another order, in float32. */
const NOISE = 4e-6
/** Fingerprints of this many last versions are kept. */
const MOST_KEPT = 64

/** The fixed sequence whose log-probabilities tell weights apart. */
export function fingerprintDatum(vocabularySize: number): Datum {
  const draws = randomStream(0, 'tinker', 'fingerprint')
  const ids = Int32Array.from({ length: LENGTH + 1 }, (_, i) => draws.integer(i, vocabularySize))
  return { tokens: ids.slice(0, -1), inputs: { target_tokens: vector(ids.slice(1)) } }
}

/** The largest difference of two fingerprints. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]))
  return largest
}

/**
 * Notices a server that goes back to older weights: the fingerprint of a new version is then one that
 * an earlier version had. What moves less than float32's noise per step cannot be told apart, and is
 * not accused.
 */
export class Fingerprints {
  #kept: { readonly version: string; readonly values: Float32Array }[] = []
  #largestMove = 0

  /** The fingerprint of this version, if it was taken. */
  of(version: string): Float32Array | undefined {
    return this.#kept.find((one) => one.version === version)?.values
  }

  /** Weights were replaced on purpose: what was before says nothing any more. */
  clear(): void {
    this.#kept = []
    this.#largestMove = 0
  }

  /** @throws IcrlError `run-conflict` if these are the weights of an earlier version */
  add(version: string, values: Float32Array): void {
    const last = this.#kept.at(-1)
    const move = last ? distance(last.values, values) : 0
    const same = this.#kept.find((one) => distance(one.values, values) <= NOISE)
    if (same && this.#largestMove > 10 * NOISE)
      throw new IcrlError(
        `the server's weights are not those of ${version}: it has gone back to ${same.version}.`,
        {
          code: 'run-conflict',
          remedy:
            'It was restored, or another client samples an older checkpoint of this model. Resume from the last checkpoint.',
          triedEnough: true,
        },
      )
    this.#largestMove = Math.max(this.#largestMove, move)
    this.#kept = [...this.#kept, { version, values }].slice(-MOST_KEPT)
  }
}

/** @throws IcrlError `run-conflict` if loaded weights are not those that were saved */
export function requireSaved(
  saved: readonly number[],
  loaded: Float32Array,
  tolerance: number,
  what: string,
): void {
  const apart = saved.length === loaded.length ? distance(saved, loaded) : Infinity
  if (apart <= tolerance) return
  throw new IcrlError(
    `${what}: the server's weights are not those that were saved (log-probabilities differ by ${apart}).`,
    {
      code: 'run-conflict',
      remedy:
        'It serves another model under this name, or other weights: start the right one, or load another checkpoint.',
      triedEnough: true,
    },
  )
}
