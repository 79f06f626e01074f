import type { QuestionTask, Recipe, Renderer, Sampling, Task } from '@icrl/core'
import type {
  AdamWSettings,
  AdapterOptions,
  BackendLoader,
  BackendName,
  InferenceOptions,
  LoadPolicyOptions,
} from '@icrl/backbone'
import type { RolloutCorrectionOptions } from '@icrl/calibration'
import type { ChatRendererOptions, ChatTokenizer } from '@icrl/renderer'
import type {
  AsynchronousOptions,
  CheckpointOptions,
  EvaluationSchedule,
  EvaluationSet,
  OptimizerOptions,
  ReferenceSource,
  RoleSource,
  StopRule,
} from '@icrl/trainer'
import type { PolicyFactory } from './policy-factory.ts'

/** What a function that makes a recipe receives, once the model has been opened. */
export interface RunParts {
  /** Writes conversations as ids of the model's chat template. */
  readonly renderer: Renderer
  /** The model's own. */
  readonly tokenizer: ChatTokenizer
  /** The most tokens of a prompt and its answer together. */
  readonly contextLength: number
}

/** A value, or a function that makes it when the run is built. */
export type Deferred<Value, Input = void> = Value | ((input: Input) => Value | Promise<Value>)

/**
 * Where tasks come from: a list, a function that makes it, or, for questions with answers, what
 * `readTasks` reads: a file of JSONL or Parquet, or `hf:owner/name#split`.
 */
export type TaskSource<T extends Task = Task> =
  | Deferred<readonly T[]>
  | (QuestionTask extends T ? string : never)

/** A role of a run. It speaks as the model's chat template says. */
export interface RunConfigRole {
  /** Limits and softmax of its answers. */
  readonly sampling: Sampling
  /**
   * Answers in place of the model, untrained: a sampler, or an endpoint (`openAiGenerator` of
   * `@icrl/rollout/openai`).
   *
   * @defaultValue the model, which is trained on what it says
   */
  readonly by?: Exclude<RoleSource, string>
  /** The policy that answers it, one of `adapters`. @defaultValue `shared`, the model */
  readonly policy?: string
}

/** A set of held-out tasks, and how they are attempted. */
export interface RunConfigSet<T extends Task = Task> extends Omit<EvaluationSet<T>, 'tasks'> {
  /** The held-out tasks, or where they come from. */
  readonly tasks: TaskSource<T>
}

/** How often held-out tasks are evaluated, and which: one set, or several by name. */
export type RunConfigEvaluation<T extends Task = Task> = EvaluationSchedule &
  (
    | (RunConfigSet<T> & {
        /** There is one set, `tasks`. */
        readonly sets?: undefined
      })
    | {
        /** Several sets, by name. */
        readonly sets: Readonly<Record<string, RunConfigSet<T>>>
        /** Held-out tasks are in `sets`. */
        readonly tasks?: undefined
      }
  )

/** Options of the engine that a model's folder is loaded into. */
export interface EngineOptions
  extends InferenceOptions, Pick<LoadPolicyOptions, 'keep' | 'weights'> {
  /** Trains a low-rank adapter (LoRA) in place of the weights. @defaultValue all weights learn */
  readonly adapter?: AdapterOptions
  /** Names of parameters that do not learn, as in the checkpoint. @defaultValue none */
  readonly frozen?: readonly string[]
}

/** Everything a run is made of. Paths are relative to the configuration's file. */
export interface RunConfig<T extends Task = Task> {
  /**
   * Hugging Face folder: `config.json`, safetensors, `tokenizer.json`, chat template. Or a model of
   * the hub that `icrl download` brought, `hf:owner/name`. Or a function that makes the engine: a
   * policy of your own, with its tokenizer.
   */
  readonly model: string | PolicyFactory
  /**
   * Further adapters over the model's weights, by the names of their policies, for roles to name as
   * their `policy`. They need `engine.adapter`, so that the weights stay as they are.
   *
   * @defaultValue none
   */
  readonly adapters?: Readonly<Record<string, AdapterOptions>>
  /**
   * TensorFlow.js backend. Any name with a loader in `backendLoaders`, or that a package imported
   * here registers with TensorFlow.js.
   *
   * @defaultValue `auto`, which takes the best that loads
   */
  readonly backend?: BackendName | 'auto' | (string & {})
  /** Loaders of backends of your own, by name. @defaultValue none */
  readonly backendLoaders?: Readonly<Record<string, BackendLoader>>
  /** The method: a recipe of `@icrl/recipes` or your own. */
  readonly recipe: Deferred<Recipe<T>, RunParts>
  /** How each role samples, and what answers it. */
  readonly roles: Readonly<Record<string, RunConfigRole>>
  /** What is trained on: each step takes its share, and a new order when all have been taken. */
  readonly tasks: TaskSource<T>
  /** Held-out tasks, and how often they are evaluated. @defaultValue none are */
  readonly evaluation?: RunConfigEvaluation<T>
  /** Of all draws of the run: another seed is another run. @defaultValue 0 */
  readonly seed?: number
  /** When the run ends: `{ steps }` or `{ tokens }`. */
  readonly stop: StopRule
  /** Learning rate, its schedule, and AdamW. Without `clipNorm` it is 1; 0 turns clipping off. */
  readonly optimizer: OptimizerOptions & AdamWSettings
  /**
   * True: an optimizer batch whose loss or gradient is not finite is skipped and counted.
   *
   * @defaultValue false, the run ends there
   */
  readonly skipNonFinite?: boolean
  /**
   * Sessions of the next steps are sampled while a step learns.
   *
   * @defaultValue not; a step's sessions are sampled by the weights that learn from them
   */
  readonly asynchronous?: AsynchronousOptions
  /**
   * Corrects samples of other weights, or of another engine, than those that learn, where the
   * recipe has no correction of its own. False: none.
   *
   * @defaultValue `rolloutCorrection()`, truncated importance weights per token, if there can be
   *   such samples
   */
  readonly correction?: RolloutCorrectionOptions | false
  /**
   * The reference of the trained model, which is the policy `shared`, where the recipe wants one: a
   * scorer, or `{ every }`, the steps between two copies of the model.
   *
   * @defaultValue the model as it was when the run began
   */
  readonly references?: Readonly<Record<string, ReferenceSource>>
  /** Sessions of a step under way at once. @defaultValue 64 */
  readonly concurrency?: number
  /** Milliseconds that a session may take. @defaultValue no limit */
  readonly sessionTimeoutMs?: number
  /** Steps one after another in which every session failed that end the run. @defaultValue 3 */
  readonly maxFailedSteps?: number
  /**
   * From what a run is resumed.
   *
   * @defaultValue one at each evaluation, or every 10 steps without one; the newest 3 are kept
   */
  readonly checkpoints?: CheckpointOptions
  /**
   * How the chat template is used: Qwen3's `enableThinking`, another template, variables, the date
   * that it prints, further stop ids.
   *
   * @defaultValue as the model's folder says
   */
  readonly renderer?: Omit<ChatRendererOptions, 'tokenizer'>
  /**
   * Sizes of the engine's batches and caches, what training keeps, and which weights learn.
   *
   * @defaultValue those of its options below
   */
  readonly engine?: EngineOptions
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
 *   roles: {
 *     solver: { sampling: { maxTokens: 256, temperature: 1 } },
 *     critic: { sampling: { maxTokens: 128, temperature: 1 } },
 *   },
 *   tasks: () => readTasks('train.jsonl'),
 *   stop: { steps: 100 },
 *   optimizer: { learningRate: 1e-6 },
 * })
 */
export function defineRun<T extends Task>(config: RunConfig<T>): RunConfig<T> {
  return config
}
