/**
 * VISCore = ∛(F1 of answers · F1 of thoughts · F1 of explanations), "incorrect" being what is to be
 * found (VISCO, arXiv 2412.02172) `[code]`. 0 if any is 0.
 *
 * @example
 * import { visCore } from '@icrl/evaluators'
 * visCore(0.8, 0.5, 0.4) // 0.5429…
 */
export function visCore(answers: number, thoughts: number, explanations: number): number {
  return Math.cbrt(answers * thoughts * explanations)
}
