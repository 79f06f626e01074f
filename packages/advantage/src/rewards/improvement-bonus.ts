/**
 * SCoRe's shaped reward of a second attempt, which rewards progress more than being right twice:
 *
 *     r = r_2 + α (r_2 − r_1)
 *
 * Kumar et al. 2024 (arXiv 2409.12917) §5.2; α = 10 there, and by default.
 *
 * @example
 * import { improvementBonus } from '@icrl/advantage'
 * improvementBonus(0, 1, { alpha: 10 }) // 11
 */
export function improvementBonus(
  before: number,
  after: number,
  { alpha = 10 }: { readonly alpha?: number } = {},
): number {
  return after + alpha * (after - before)
}
