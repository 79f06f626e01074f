/**
 * How alike two answers are in where they hesitate: the cosine of their token entropies, the shorter
 * padded with zeros, times the ratio of their lengths:
 *
 *     s = cos(h₁, h₂) · min(T₁, T₂) / max(T₁, T₂)
 *
 * 0 if either is empty or certain throughout. "Detecting Data Contamination from Reinforcement
 * Learning Post-training" (arXiv 2510.09259), detector Self-Critique `[code]`.
 *
 * @param first `[T₁]` nats
 * @param second `[T₂]` nats
 * @example
 * import { entropySimilarity } from '@icrl/evaluators'
 * entropySimilarity([1, 0, 2], [1, 0]) // 0.2981…
 */
export function entropySimilarity(first: ArrayLike<number>, second: ArrayLike<number>): number {
  const shorter = Math.min(first.length, second.length)
  if (shorter === 0) return 0
  let product = 0
  for (let t = 0; t < shorter; t++) product += first[t] * second[t]
  const norms = norm(first) * norm(second)
  return norms === 0 ? 0 : (product / norms) * (shorter / Math.max(first.length, second.length))
}

function norm(of: ArrayLike<number>): number {
  let sum = 0
  for (let t = 0; t < of.length; t++) sum += of[t] * of[t]
  return Math.sqrt(sum)
}
