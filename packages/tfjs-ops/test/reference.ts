/**
 * Float64 references of the fused ops, written element by element and independently of
 * TensorFlow.js.
 */

export interface HeadShape {
  heads: number
  keyValueHeads: number
  headDim: number
  scale: number
}

export function rmsNormReference(
  x: Float64Array,
  gain: Float64Array,
  epsilon: number,
): Float64Array {
  const width = gain.length
  return x.map((value, i) => {
    const row = Math.floor(i / width) * width
    let squares = 0
    for (let j = 0; j < width; j++) squares += x[row + j] ** 2
    return (value * gain[i - row]) / Math.sqrt(squares / width + epsilon)
  })
}

export function swigluReference(gate: Float64Array, up: Float64Array): Float64Array {
  return gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i])
}

export function rotaryReference(
  x: Float64Array,
  positions: Int32Array,
  gain: Float64Array | undefined,
  headDim: number,
  epsilon: number,
  frequencies: ArrayLike<number>,
): Float64Array {
  const normalized = gain === undefined ? x : rmsNormReference(x, gain, epsilon)
  const width = x.length / positions.length
  const half = headDim / 2
  return x.map((_, i) => {
    const within = (i % width) % headDim
    const pair = within % half
    const angle = Math.fround(positions[Math.floor(i / width)] * frequencies[pair])
    const [first, second] =
      within < half ? [normalized[i], normalized[i + half]] : [normalized[i - half], normalized[i]]
    return within < half
      ? first * Math.cos(angle) - second * Math.sin(angle)
      : second * Math.cos(angle) + first * Math.sin(angle)
  })
}

/** Dense attention; `visible[n]` lists the rows that row n sees. */
export function attentionReference(
  q: Float64Array,
  k: Float64Array,
  v: Float64Array,
  visible: number[][],
  shape: HeadShape,
): Float64Array {
  const { heads, keyValueHeads, headDim, scale } = shape
  const out = new Float64Array(q.length)
  visible.forEach((rows, n) => {
    for (let h = 0; h < heads; h++) {
      const g = Math.floor(h / (heads / keyValueHeads))
      const keyAt = (row: number, i: number): number => (row * keyValueHeads + g) * headDim + i
      const scores = rows.map((row) => {
        let dot = 0
        for (let i = 0; i < headDim; i++) dot += q[(n * heads + h) * headDim + i] * k[keyAt(row, i)]
        return dot * scale
      })
      const largest = Math.max(...scores)
      const masses = scores.map((score) => Math.exp(score - largest))
      const total = masses.reduce((a, b) => a + b, 0)
      rows.forEach((row, r) => {
        for (let i = 0; i < headDim; i++)
          out[(n * heads + h) * headDim + i] += (masses[r] / total) * v[keyAt(row, i)]
      })
    }
  })
  return out
}

/** Per row `[logprob, entropy]` of the temperature-scaled softmax. */
export function tokenReference(
  hidden: Float64Array,
  weight: Float64Array,
  targets: Int32Array,
  temperatures: ArrayLike<number>,
): [number, number][] {
  const width = hidden.length / targets.length
  const vocabulary = weight.length / width
  return Array.from(targets, (target, n) => {
    const logits = Array.from({ length: vocabulary }, (_, v) => {
      let dot = 0
      for (let i = 0; i < width; i++) dot += hidden[n * width + i] * weight[v * width + i]
      return dot / temperatures[n]
    })
    const largest = Math.max(...logits)
    const logsumexp =
      largest + Math.log(logits.reduce((total, logit) => total + Math.exp(logit - largest), 0))
    const entropy = logits.reduce(
      (total, logit) => total - Math.exp(logit - logsumexp) * (logit - logsumexp),
      0,
    )
    return [logits[target] - logsumexp, entropy]
  })
}
