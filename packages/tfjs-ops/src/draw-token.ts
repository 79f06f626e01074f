/** Which tokens may be drawn. */
export interface TokenFilter {
  /** How many of the largest logits stay; 0: all. */
  readonly topK: number
  /** The share of the mass that must stay; 1: all. */
  readonly topP: number
}

/**
 * Draws an id from the softmax of `logits[V]` after top-k and then top-p, by inverse transform of
 * `uniform` with ids ascending. Among equal logits the lowest ids stay.
 *
 * @throws RangeError where no logit is above −∞.
 *
 * @example
 * drawToken(Float32Array.of(0, 1, 2), 0.99, { topK: 0, topP: 1 }) // 2
 */
export function drawToken(
  logits: Float32Array,
  uniform: number,
  { topK, topP }: TokenFilter,
): number {
  const largest = indexOfLargest(logits)
  if (!(logits[largest] > -Infinity)) throw new RangeError('drawToken: no logit is above -Infinity')
  if (topK === 1) return largest
  const masses = Float64Array.from(logits, (logit) => Math.exp(logit - logits[largest]))
  const kept = topK === 0 && topP === 1 ? undefined : keptIds(logits, masses, topK, topP)
  return kept === undefined
    ? invert(masses, uniform)
    : kept[
        invert(
          Float64Array.from(kept, (id) => masses[id]),
          uniform,
        )
      ]
}

function keptIds(
  logits: Float32Array,
  masses: Float64Array,
  topK: number,
  topP: number,
): Int32Array {
  const descending = Int32Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b)
  const candidates = topK === 0 ? descending : descending.subarray(0, topK)
  const needed = topP * candidates.reduce((total, id) => total + masses[id], 0)
  let size = 0
  for (let mass = 0; size < candidates.length && (size === 0 || mass < needed); size++)
    mass += masses[candidates[size]]
  return candidates.slice(0, size).sort()
}

/**
 * The first index whose cumulative mass exceeds the share `uniform` of the total; never one without
 * mass.
 */
function invert(masses: Float64Array, uniform: number): number {
  const bound = uniform * masses.reduce((total, mass) => total + mass, 0)
  let cumulative = 0
  let last = 0
  for (let i = 0; i < masses.length; i++) {
    if (masses[i] === 0) continue
    cumulative += masses[i]
    last = i
    if (cumulative > bound) break
  }
  return last
}

function indexOfLargest(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return best
}
