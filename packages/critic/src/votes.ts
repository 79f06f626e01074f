/**
 * What most votes are for; of several, what was voted for first. Undefined without a vote.
 *
 * @example
 * import { majority } from '@icrl/critic'
 * majority(['7', '8', '7']) // '7'
 */
export function majority<Vote>(votes: readonly Vote[]): Vote | undefined {
  const counts = new Map<Vote, number>()
  for (const vote of votes) counts.set(vote, (counts.get(vote) ?? 0) + 1)
  const most = Math.max(...counts.values())
  return [...counts].find(([, count]) => count === most)?.[0]
}

/** Options of {@link sumScores}. */
export interface SumScoresOptions {
  /** How many judgments count, those of the greatest trust. @defaultValue all */
  readonly keep?: number
  /** `[judgments]` how far each is trusted, by a meta-judge. @defaultValue alike */
  readonly trust?: readonly number[]
}

/**
 * The scores `[responses]` of several judgments added up: S_i = Σ_k s_ik, over the `keep` judgments
 * that are trusted most (of equal trust, the earlier).
 *
 * SPCT's vote, guided by a meta reward model with `trust` (arXiv 2504.02495, keep = k/2) `[paper]`.
 *
 * @param scores `[judgments][responses]`
 * @example
 * import { sumScores } from '@icrl/critic'
 * sumScores([[7, 3], [5, 6]]) // [12, 9]
 * sumScores([[7, 3], [5, 6]], { keep: 1, trust: [0.2, 0.9] }) // [5, 6]
 */
export function sumScores(
  scores: readonly (readonly number[])[],
  { keep = scores.length, trust }: SumScoresOptions = {},
): number[] {
  const order = scores.map((_, k) => k)
  if (trust) order.sort((a, b) => trust[b] - trust[a] || a - b)
  const kept = order.slice(0, keep).map((k) => scores[k])
  return (scores[0] ?? []).map((_, i) => kept.reduce((sum, one) => sum + one[i], 0))
}
