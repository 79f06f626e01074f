import type { Sampling } from '@icrl/core'
import type { MultiTurnOptions } from '@icrl/rollout'

/** Limits of attempts in an environment, and of each role's turns. */
export interface EnvironmentBudgets {
  readonly attempt: Required<
    Pick<MultiTurnOptions, 'maxTurns' | 'maxRepeatedActions' | 'contextTokens'>
  >
  /** Tokens of a critic's prompt and critique together. */
  readonly criticContextTokens: number
  readonly sampling: Readonly<Record<'solver' | 'critic', Sampling>>
}

/**
 * The limits of ICRL's released configuration for environments (arXiv 2605.15224): 30 turns an
 * attempt, ended by the same action three times in a row; 16,384 tokens of prompt, answers and
 * observations together; 2,048 tokens a turn, 1,024 a critique; temperature 1.
 *
 * @example
 * import { environmentBudgets, icrl } from '@icrl/recipes'
 * import { multiTurn } from '@icrl/rollout'
 * import type { Environment } from '@icrl/core'
 * declare const environment: Environment
 * const { attempt, criticContextTokens, sampling } = environmentBudgets
 * const recipe = icrl({ attempt: multiTurn({ environment, ...attempt }), criticContextTokens })
 * // and in the run: sampling
 */
export const environmentBudgets: EnvironmentBudgets = {
  attempt: { maxTurns: 30, maxRepeatedActions: 3, contextTokens: 16_384 },
  criticContextTokens: 16_384,
  sampling: {
    solver: { maxTokens: 2048, temperature: 1 },
    critic: { maxTokens: 1024, temperature: 1 },
  },
}
