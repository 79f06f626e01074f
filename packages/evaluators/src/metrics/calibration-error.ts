import { mean } from './mean.ts'

/**
 * Expected calibration error over equal bins of confidence:
 *
 *     ECE = Σ_b (n_b / N) · |mean confidence of b − accuracy of b|
 *
 * Bins are [0, 1/B), …, [1 − 1/B, 1]. CritiCal (arXiv 2510.24505) uses B = 10 `[code]`.
 *
 * @param confidences `[N]` in [0, 1]
 * @param right `[N]`
 * @returns undefined of nothing
 * @example
 * import { calibrationError } from '@icrl/evaluators'
 * calibrationError([0.95, 0.95, 0.55, 0.55], [true, false, true, false]) // 0.25
 */
export function calibrationError(
  confidences: readonly number[],
  right: readonly boolean[],
  bins = 10,
): number | undefined {
  if (confidences.length === 0) return undefined
  const members = Array.from({ length: bins }, (): number[] => [])
  confidences.forEach((value, i) => members[Math.min(bins - 1, Math.floor(value * bins))].push(i))
  return members
    .filter((indices) => indices.length > 0)
    .reduce((sum, indices) => {
      const confidence = mean(indices.map((i) => confidences[i]))!
      const accuracy = mean(indices.map((i) => Number(right[i])))!
      return sum + (indices.length / confidences.length) * Math.abs(confidence - accuracy)
    }, 0)
}
