/**
 * Probability that at least one of k answers is right, from n answers of which c were: 1 − C(n−c, k) / C(n, k), the unbiased
 * estimator of Chen et al. 2021 (arXiv 2107.03374) eq. 1, as a product that cannot overflow.
 *
 * @param n answers, at least k
 * @param c right ones, at most n
 * @example
 * import { passAtK } from '@icrl/trainer'
 * console.log(passAtK(4, 1, 2)) // 0.5
 */
export function passAtK(n: number, c: number, k: number): number {
  if (n - c < k) return 1
  let allWrong = 1
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i
  return 1 - allWrong
}
