import type { Attempt, Recipe } from '@icrl/core'
import { grpo, icrl } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { chainCriticPrompt, chainPrompt, chainVerifier, parseTips, type ChainTask } from './chain-task.ts'

/** One method of the comparison. */
export interface Arm {
  readonly name: string
  readonly recipe: Recipe<ChainTask>
  readonly learningRate: number
}

/** Solver answers: five values and the end. Critic answers: up to five names and the end. */
export const MAX_TOKENS = 6

export interface ArmOptions {
  readonly checker?: 'trace' | 'final'
}

/**
 * The arms, fixed beforehand: ICRL and its control with a shuffled critique at 8 sessions a task and rate 3e-4; GRPO at 20
 * sessions a task, the same sampled tokens a step, and its own best rate, 1e-3. 8 tasks a step in two minibatches, clip 0.2.
 */
export function chainArms({ checker = 'trace' }: ArmOptions = {}): Arm[] {
  const attempt = singleTurn<ChainTask>({ prompt: chainPrompt, verifier: chainVerifier(checker) })
  const common = { attempt, tasksPerStep: 8, minibatches: 2, clipLow: 0.2, clipHigh: 0.2 }
  const critique = { criticPrompt: (task: ChainTask, { turns }: Attempt) => chainCriticPrompt(task, turns[0].text), parseCritique: parseTips }
  return [
    { name: 'icrl', learningRate: 3e-4, recipe: icrl({ ...common, ...critique, sessionsPerTask: 8 }) },
    { name: 'grpo', learningRate: 1e-3, recipe: grpo({ ...common, sessionsPerTask: 20 }) },
    { name: 'icrl-shuffled', learningRate: 3e-4, recipe: icrl({ ...common, ...critique, sessionsPerTask: 8, critic: 'shuffled' }) },
  ]
}
