import type { AttemptProtocol, Recipe, Task } from '@icrl/core'
import { criticPrompt } from '@icrl/critic'
import { grpo, icrl, type IcrlOptions } from '@icrl/recipes'
import { defineRun, type EngineOptions, type RunConfig } from 'icrl'
import { PUBLISHED, type Scale } from './published-values.ts'

/** The methods that the paper compares. */
export type Method = 'icrl' | 'grpo'

/** What may differ from the paper's ICRL: its ablations and controls, and the released code's preset. */
export type IcrlChanges = Pick<
  IcrlOptions,
  'preset' | 'weights' | 'advantages' | 'minWeight' | 'maxWeight' | 'critic'
>

/** What a run is made of, apart from the published values. */
export interface RunOf<T extends Task> extends Pick<RunConfig<T>, 'tasks' | 'evaluation'> {
  readonly model: string
  readonly method: Method
  readonly scale: Scale
  /** For ICRL. */
  readonly changes?: IcrlChanges
  readonly attempt: () => AttemptProtocol<T> | Promise<AttemptProtocol<T>>
}

const { klCoefficient, entropyCoefficient, clipLow, clipHigh, rounds, maxWeight } = PUBLISHED
const shared = { klCoefficient, entropyCoefficient, clipLow, clipHigh }

/** Both methods, with the published values. */
function recipeOf<T extends Task>(
  method: Method,
  attempt: AttemptProtocol<T>,
  { tasksPerStep, sessionsPerTask, contextTokens }: Scale,
  changes: IcrlChanges | undefined,
): Recipe<T> {
  const sampled = { ...shared, attempt, tasksPerStep, sessionsPerTask }
  return method === 'grpo'
    ? grpo(sampled)
    : icrl({
        ...sampled,
        preset: 'paper',
        rounds,
        maxWeight,
        criticPrompt: criticPrompt<T>(),
        criticContextTokens: contextTokens,
        evaluations: ['critique_free'],
        ...changes,
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
  const role = (maxTokens: number): RunConfig['roles'][string] => ({
    sampling: { maxTokens, temperature, topP },
  })
  return defineRun<T>({
    model,
    recipe: async () => recipeOf(method, await attempt(), scale, changes),
    roles: {
      solver: role(scale.turnTokens),
      ...(method === 'icrl' && { critic: role(scale.critiqueTokens) }),
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
