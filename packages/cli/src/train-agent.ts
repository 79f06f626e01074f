import type { AttemptProtocol, Policy, Recipe, Renderer, Sampling, Task } from '@icrl/core'
import {
  agentAttempt,
  type AgentAttemptOptions,
  type AgentOutcome,
  type AgentRun,
} from '@icrl/gateway'
import { grpo } from '@icrl/recipes'
import { train, type TrainOptions, type TrainResult } from '@icrl/trainer'

/** Options of {@link trainAgent}: those of `train` but for what an agent decides. */
export interface TrainAgentOptions<T extends Task = Task, Result = unknown>
  extends
    Omit<TrainOptions<T>, 'recipe' | 'policies' | 'roles'>,
    Omit<AgentAttemptOptions<T>, 'run'> {
  /** Your agent: it uses any client at the address it is given. */
  readonly agent: (run: AgentRun<T>) => Promise<Result>
  /** What the agent's result is worth. */
  readonly reward: (
    result: Result,
    task: T,
  ) => number | AgentOutcome | Promise<number | AgentOutcome>
  /** The model inside the agent. */
  readonly policy: Policy
  /** Writes conversations as ids of the model's chat template. */
  readonly renderer: Renderer
  /** Limits of each of its answers. */
  readonly sampling: Sampling
  /** The method. @defaultValue GRPO with 8 tasks per step and 8 sessions per task */
  readonly recipe?: (attempt: AttemptProtocol<T>) => Recipe<T>
}

/**
 * Trains the model inside an agent that you have. The agent is not changed: it is given an address
 * and a key, and says what it did.
 *
 * @example
 * declare const model: Pick<TrainAgentOptions, 'policy' | 'renderer'>
 * const { metrics } = await trainAgent({
 *   ...model,
 *   sampling: { maxTokens: 64, temperature: 1 },
 *   agent: async ({ task, baseURL, apiKey, fetch }) => {
 *     const response = await fetch(`${baseURL}/chat/completions`, {
 *       method: 'POST',
 *       headers: { authorization: `Bearer ${apiKey}` },
 *       body: JSON.stringify({ messages: [{ role: 'user', content: task.id }] }),
 *     })
 *     return response.text()
 *   },
 *   reward: (text) => (text.includes('yes') ? 1 : 0),
 *   tasks: [{ id: 'Is it?' }],
 *   seed: 0,
 *   stop: { steps: 20 },
 *   optimizer: { learningRate: 1e-5 },
 * })
 */
export function trainAgent<T extends Task, Result>({
  agent,
  reward,
  policy,
  renderer,
  sampling,
  http,
  contextTokens,
  onLedger,
  budget,
  place,
  isAuxiliary,
  recipe = (attempt) => grpo({ attempt, tasksPerStep: 8, sessionsPerTask: 8 }),
  ...options
}: TrainAgentOptions<T, Result>): Promise<TrainResult> {
  const attempt = agentAttempt<T>({
    http,
    contextTokens,
    onLedger,
    budget,
    place,
    isAuxiliary,
    run: async (run) => reward(await agent(run), run.task),
  })
  const role = { renderer, sampling, policy: 'model' }
  return train({
    ...options,
    recipe: recipe(attempt),
    policies: { model: policy },
    roles: { solver: role, critic: role },
  })
}
