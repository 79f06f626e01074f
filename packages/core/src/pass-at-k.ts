import { IcrlError } from './errors.ts'

/**
 * Probability that at least one of k answers to a task is right, estimated from n answers of which
 * c are:
 *
 *     pass@k = 1 − C(n−c, k) / C(n, k) = 1 − Π_{i=n−c+1}^{n} (1 − k/i)
 *
 * Chen et al. 2021 (arXiv 2107.03374) eq. 1. Unbiased, where 1 − (1 − c/n)^k is not; the product
 * cannot overflow.
 *
 * @param n answers, at least k
 * @param c right ones, at most n
 * @throws `invalid-option` unless they are whole numbers with 0 ≤ c ≤ n and 1 ≤ k ≤ n.
 * @example
 * import { passAtK } from '@icrl/core'
 * console.log(passAtK(4, 1, 2)) // 0.5
 */
export function passAtK(n: number, c: number, k: number): number {
  if (![n, c, k].every(Number.isInteger) || c < 0 || c > n || k < 1 || k > n) {
    throw new IcrlError(`passAtK: n = ${n}, c = ${c}, k = ${k}.`, {
      code: 'invalid-option',
      remedy:
        'Give whole numbers with 0 ≤ c ≤ n and 1 ≤ k ≤ n: pass@k needs at least k answers per task.',
    })
  }
  if (n - c < k) return 1
  let allWrong = 1
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i
  return 1 - allWrong
}
