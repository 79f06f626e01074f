/** One of `math_scorer_unit_cases.json`. */
export interface ScorerCase {
  readonly fn: string
  readonly args: readonly [string, string & readonly string[]]
  readonly expected: unknown
}

/** Right or wrong, as the scorer says it; undefined for functions that give no verdict. */
export function scorerVerdict({ fn, expected }: ScorerCase): boolean | undefined {
  if (/grade_answer|GSM8K|gsm8k_reward|correct_answer|deepscaler/.test(fn)) return Boolean(expected)
  if (/aime\.step/.test(fn)) return (expected as number) > 0
  if (/is_correct_strict_box/.test(fn)) return (expected as number[])[0] > 0
  if (/is_correct_minerva/.test(fn)) return (expected as boolean[])[0]
  return /compute_score/.test(fn) ? (expected as { score: number }).score > 0 : undefined
}
