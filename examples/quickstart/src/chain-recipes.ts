/**
 * The methods of the operator chain as recipes: all that they need, and nothing of Node, so that a
 * page trains them too.
 */
import type { AttemptProtocol, Recipe, Sampling } from '@icrl/core'
import { grpo, icrl, type IcrlOptions } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import {
  chainCriticPrompt,
  chainPrompt,
  chainVerifier,
  parseTips,
  type ChainTask,
} from './chain-task.ts'

type SolverOptions = Required<
  Pick<IcrlOptions<ChainTask>, 'attempt' | 'tasksPerStep' | 'minibatches'>
>
type Critique = Required<
  Pick<IcrlOptions<ChainTask>, 'criticPrompt' | 'parseCritique' | 'sessionsPerTask'>
>

/** Solver answers: five values and the end. Critic answers: up to five names and the end. */
export const CHAIN_ROLE: { readonly sampling: Sampling } = {
  sampling: { maxTokens: 6, temperature: 1 },
}

/** Learning rates, each method's own. */
export const CHAIN_RATES = { icrl: 3e-4, grpo: 1e-3 } as const

export const attempt: AttemptProtocol<ChainTask> = singleTurn<ChainTask>({
  prompt: chainPrompt,
  verifier: chainVerifier('trace'),
})

/** Of ICRL and of GRPO. */
export const common: SolverOptions & { readonly clipLow: number; readonly clipHigh: number } = {
  attempt,
  tasksPerStep: 8,
  minibatches: 2,
  clipLow: 0.2,
  clipHigh: 0.2,
}

/** What methods with a critic share. */
export const critique: Critique = {
  criticPrompt: (task, { turns }) => chainCriticPrompt(task, turns[0].text),
  parseCritique: parseTips,
  sessionsPerTask: 8,
}

/** ICRL: 8 sessions per task. */
export function chainIcrlRecipe(
  more: Omit<IcrlOptions<ChainTask>, 'attempt'> = {},
): Recipe<ChainTask> {
  return icrl({ ...common, ...critique, ...more })
}

/** GRPO: 20 sessions per task, about as many sampled tokens per step as ICRL. */
export function chainGrpoRecipe(): Recipe<ChainTask> {
  return grpo({ ...common, sessionsPerTask: 20 })
}
