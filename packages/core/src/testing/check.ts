/**
 * One named property of an implementation, which any test runner can check.
 *
 * @example
 * import { reinforce } from '@icrl/objective'
 * import { it } from 'vitest'
 *
 * for (const { name, run } of testObjective(reinforce())) it(name, run)
 */
export interface Check {
  /** What is checked. */
  readonly name: string
  /** Resolves if the property holds, rejects with the reason if it does not. */
  run(): Promise<void>
}
