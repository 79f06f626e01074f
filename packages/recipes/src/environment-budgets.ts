import type { Sampling } from '@icrl/core'
import type { MultiTurnOptions } from '@icrl/rollout'

/** Limits of attempts in an environment, and of each role's turns. */
export interface EnvironmentBudgets {
  /** Limits of an attempt, for `multiTurn`. */
  readonly attempt: Required<
    Pick<MultiTurnOptions, 'maxTurns' | 'maxRepeatedActions' | 'contextTokens'>
  >
  /** Tokens of a critic's prompt and critique together. */
  readonly criticContextTokens: number
  /** Limits of each role, as a run's configuration takes them. */
  readonly roles: Readonly<Record<'solver' | 'critic', { readonly sampling: Sampling }>>
}

/**
 * The limits of ICRL's released configuration for environments (arXiv 2605.15224). An attempt has
 * 30 turns and ends early if the same action comes three times in a row; its prompt, answers and
 * observations have 16,384 tokens together, and so have a critic's prompt and critique; a turn has
 * 2,048 tokens, a critique 1,024; temperature 1.
 *
 * @example
 * import { environmentBudgets, icrl } from '@icrl/recipes'
 * import { multiTurn } from '@icrl/rollout'
 * import type { Environment } from '@icrl/core'
 * declare const environment: Environment
 * const { attempt, criticContextTokens, roles } = environmentBudgets
 * const recipe = icrl({ attempt: multiTurn({ environment, ...attempt }), criticContextTokens })
 * // and in the run: roles
 */
export const environmentBudgets: EnvironmentBudgets = {
  attempt: { maxTurns: 30, maxRepeatedActions: 3, contextTokens: 16_384 },
  criticContextTokens: 16_384,
  roles: {
    solver: { sampling: { maxTokens: 2048, temperature: 1 } },
    critic: { sampling: { maxTokens: 1024, temperature: 1 } },
  },
}
