/**
 * One named property of an implementation. `run` rejects with a reason where it does not hold; any
 * test runner can run it.
 *
 * @example
 * import { reinforce } from '@icrl/objective'
 * import { it } from 'vitest'
 *
 * for (const { name, run } of testObjective(reinforce())) it(name, run)
 */
export interface Check {
  readonly name: string
  /** Resolves where the property holds; rejects with the reason where it does not. */
  run(): Promise<void>
}
