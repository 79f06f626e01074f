/** `count` numbers of [-1, 1), multiples of 2⁻²³: the same as in `make-parity.py`. */
export function counted(stream: number, count: number): Float32Array {
  const start = Math.imul(stream, 0x9e3779b1) >>> 0
  return Float32Array.from({ length: count }, (_, i) => {
    let x = start + i
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return ((x ^ (x >>> 15)) >>> 8) / 2 ** 23 - 1
  })
}

/** Ids that all models are trained on. */
export function countedTokens(stream: number, length: number, vocabulary: number): Int32Array {
  return Int32Array.from(counted(1000 + stream, length), (x) =>
    Math.floor(((x + 1) / 2) * vocabulary),
  )
}
