/**
 * Area under the ROC curve: the probability that a positive has the higher score than a negative,
 * equal scores counting half (the Mann–Whitney statistic). O(N log N).
 *
 * @param scores `[N]`
 * @param positive `[N]`
 * @returns undefined without a positive or without a negative
 * @example
 * import { auroc } from '@icrl/evaluators'
 * auroc([0.9, 0.8, 0.3], [true, false, false]) // 1
 */
export function auroc(scores: readonly number[], positive: readonly boolean[]): number | undefined {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b])
  const positives = positive.filter(Boolean).length
  const negatives = positive.length - positives
  if (positives === 0 || negatives === 0) return undefined
  let ranks = 0
  for (let from = 0; from < order.length;) {
    let to = from
    while (to < order.length && scores[order[to]] === scores[order[from]]) to++
    const rank = (from + 1 + to) / 2
    for (let k = from; k < to; k++) if (positive[order[k]]) ranks += rank
    from = to
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
}
