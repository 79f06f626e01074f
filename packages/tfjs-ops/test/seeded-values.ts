/**
 * Deterministic values in [−1, 1): a 32-bit mix of the index (Steele and Vigna's splitmix
 * finalizer), rounded to float32.
 */
export function seededValues(seed: number, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    let x = (seed * 0x9e3779b9 + i * 0x85ebca6b) >>> 0
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return Math.fround((((x ^ (x >>> 15)) >>> 0) / 2 ** 32) * 2 - 1)
  })
}

/** Ids in [0, below). */
export function seededIds(seed: number, length: number, below: number): Int32Array {
  return Int32Array.from(seededValues(seed, length), (value) =>
    Math.floor(((value + 1) / 2) * below),
  )
}
