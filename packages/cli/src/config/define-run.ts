import type { Recipe, Renderer, Sampling, Task } from '@icrl/core'
import type { BackendName, InferenceOptions, AdamWSettings } from '@icrl/backbone'
import type { ChatRendererOptions, ChatTokenizer } from '@icrl/renderer'
import type { CheckpointOptions, EvaluationOptions, RoleSource, StopRule } from '@icrl/trainer'

/** What a function that makes a recipe receives, once the model folder has been read. */
export interface RunParts {
  readonly renderer: Renderer
  readonly tokenizer: ChatTokenizer
}

/** A value, or a function that makes it when the run is built. */
export type Deferred<Value, Input = void> = Value | ((input: Input) => Value | Promise<Value>)

/** Everything a run is made of. Paths are relative to the configuration's file. */
export interface RunConfig<T extends Task = Task> {
  /** Hugging Face folder: `config.json`, safetensors, `tokenizer.json`, chat template. */
  readonly model: string
  /** TensorFlow.js backend; `auto`, the default, takes the best that loads. */
  readonly backend?: BackendName | 'auto'
  /** The method: a recipe of `@icrl/recipes` or your own. */
  readonly recipe: Deferred<Recipe<T>, RunParts>
  /** Limits and softmax of each role; names the run's roles. */
  readonly sampling: Readonly<Record<string, Sampling>>
  /**
   * Plays a role in place of the trained model: a sampler, or an endpoint (`openAiGenerator` of
   * `@icrl/rollout/openai`).
   */
  readonly roles?: Readonly<Record<string, Exclude<RoleSource, string>>>
  readonly tasks: Deferred<readonly T[]>
  readonly evaluation?: Omit<EvaluationOptions<T>, 'tasks'> & {
    readonly tasks: Deferred<readonly T[]>
  }
  /** Default 0. */
  readonly seed?: number
  readonly stop: StopRule
  /** Default of `clipNorm`: 1; 0 turns clipping off. */
  readonly optimizer: { readonly learningRate: number; readonly clipNorm?: number } & AdamWSettings
  readonly microBatchTokens?: number
  readonly concurrency?: number
  readonly sessionTimeoutMs?: number
  readonly checkpoints?: CheckpointOptions
  /**
   * How the chat template is used: Qwen3's `enableThinking`, another template, variables, further
   * stop ids.
   */
  readonly renderer?: Omit<ChatRendererOptions, 'tokenizer'>
  /** Sizes of the engine's batches and caches. */
  readonly engine?: InferenceOptions
}

/**
 * A run configuration, typed: what `icrl train --config` loads as the default export of a
 * TypeScript or JavaScript file.
 *
 * @example
 * import { defineRun, readTasks } from 'icrl'
 * import { icrl } from '@icrl/recipes'
 * import { singleTurn } from '@icrl/rollout'
 * import type { QuestionTask } from '@icrl/core'
 *
 * const attempt = singleTurn<QuestionTask>({
 *   prompt: (task, advice) => [
 *     { role: 'user', content: advice ? `${task.question}\n\nAdvice: ${advice}` : task.question },
 *   ],
 *   verifier: ({ text, task }) => ({
 *     reward: text.trim() === task.answer ? 1 : 0,
 *     valid: text.trim() !== '',
 *   }),
 * })
 * export default defineRun({
 *   model: 'models/Qwen3-0.6B',
 *   recipe: icrl({ attempt, tasksPerStep: 8 }),
 *   sampling: {
 *     solver: { maxTokens: 256, temperature: 1 },
 *     critic: { maxTokens: 128, temperature: 1 },
 *   },
 *   tasks: () => readTasks('train.jsonl'),
 *   stop: { steps: 100 },
 *   optimizer: { learningRate: 1e-6 },
 * })
 */
export function defineRun<T extends Task>(config: RunConfig<T>): RunConfig<T> {
  return config
}
