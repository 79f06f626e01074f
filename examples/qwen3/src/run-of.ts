import type { AttemptProtocol, Recipe, Task } from '@icrl/core'
import { criticPrompt, parseCritique } from '@icrl/critic'
import { defineRun, type EngineOptions, type RunConfig } from 'icrl'
import { type Arm, icrlArm, type IcrlChanges, PAPER_ARMS } from './paper-arms.ts'
import { PUBLISHED, type Scale } from './published-values.ts'

/** The methods that have configurations of their own. */
export type Method = 'icrl' | 'grpo'

/** What a run is made of, apart from the published values. */
export interface RunOf<T extends Task> extends Pick<RunConfig<T>, 'tasks' | 'evaluation'> {
  readonly model: string
  /** By name, or any other on the same parts. */
  readonly method: Method | Arm
  readonly scale: Scale
  /** For the method `icrl`. */
  readonly changes?: IcrlChanges
  readonly attempt: () => AttemptProtocol<T> | Promise<AttemptProtocol<T>>
}

const { klCoefficient, entropyCoefficient, clipLow, clipHigh, rounds, maxWeight } = PUBLISHED

/** Every method, with the published values. */
function recipeOf<T extends Task>(
  arm: Arm,
  attempt: AttemptProtocol<T>,
  { tasksPerStep, sessionsPerTask, contextTokens, turnTokens }: Scale,
): Recipe<T> {
  return arm({
    sampled: { klCoefficient, entropyCoefficient, attempt, tasksPerStep, sessionsPerTask },
    clip: { clipLow, clipHigh },
    critic: {
      criticPrompt: criticPrompt<T>(),
      parseCritique,
      criticContextTokens: contextTokens,
    },
    icrl: { rounds, maxWeight },
    responseTokens: turnTokens,
    constantCritique: 'Check your work.',
  })
}

/** A run with the published values at a scale. */
export function runOf<T extends Task>({
  model,
  method,
  scale,
  changes,
  attempt,
  tasks,
  evaluation,
}: RunOf<T>): RunConfig<T> {
  const { temperature, topP } = PUBLISHED
  const named = { icrl: icrlArm(changes), grpo: PAPER_ARMS.grpo }
  const role = (maxTokens: number): RunConfig['roles'][string] => ({
    sampling: { maxTokens, temperature, topP },
  })
  return defineRun<T>({
    model,
    recipe: async () =>
      recipeOf(typeof method === 'function' ? method : named[method], await attempt(), scale),
    roles: {
      solver: role(scale.turnTokens),
      ...(method !== 'grpo' && { critic: role(scale.critiqueTokens) }),
    },
    tasks,
    evaluation,
    stop: { steps: scale.steps },
    optimizer: PUBLISHED.optimizer,
    renderer: { enableThinking: false },
    engine: engineOf(process.env),
  })
}

/**
 * The engine: all weights learn, or an adapter of rank `ICRL_LORA_RANK` over a base in bf16, and
 * activations are computed again where that saves memory. `ICRL_CACHE_TOKENS` bounds the cache of
 * keys and values.
 */
function engineOf({
  ICRL_LORA_RANK: rank,
  ICRL_CACHE_TOKENS: cacheTokens,
}: Readonly<Record<string, string | undefined>>): EngineOptions {
  return {
    keep: 'inputs',
    ...(cacheTokens && { cacheTokens: Number(cacheTokens) }),
    ...(rank && { adapter: { rank: Number(rank) }, weights: 'bf16' as const }),
  }
}
