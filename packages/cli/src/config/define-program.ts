import type { AdamWSettings } from '@icrl/backbone'
import type { Sampling } from '@icrl/core'
import type { Lab, RoleSource, RunRole } from '@icrl/trainer'
import type { RunConfig, RunParts } from './define-run.ts'

/** A model of a program: a Hugging Face folder, or a function that makes an engine. */
export type ProgramModel = RunConfig['model']

/** A role of a program. It speaks as the chat template of its policy's model says. */
export interface ProgramConfigRole {
  /** Limits and softmax of its answers. */
  readonly sampling: Sampling
  /**
   * The policy that answers it and is trained on what it says.
   *
   * @defaultValue the only one, unless `by` answers
   */
  readonly policy?: string
  /**
   * Answers in place of that policy: the name of a policy, a sampler, or an endpoint. Without
   * `policy`, nothing is trained on it.
   */
  readonly by?: RoleSource
}

/** What a program's script receives beside its lab, once the models have been opened. */
export interface ProgramParts {
  /** How each model speaks, by the name of its policy. */
  readonly models: Readonly<Record<string, RunParts>>
  /** The configuration's roles as the steps have them, to be changed for single steps. */
  readonly roles: Readonly<Record<string, RunRole>>
}

/** Everything a program is made of. Paths are relative to the file that it is in. */
export interface ProgramConfig {
  /** One model, whose policy is called `shared`, or several by the names of their policies. */
  readonly model: ProgramModel | Readonly<Record<string, ProgramModel>>
  /**
   * Further adapters over the weights of the only model, as policies for roles and steps to name. They
   * need `engine.adapter`, so that the weights stay as they are.
   *
   * @defaultValue none
   */
  readonly adapters?: RunConfig['adapters']
  /** As in a run's configuration. @defaultValue the best that loads */
  readonly backend?: RunConfig['backend']
  /** Loaders of backends of your own, by name. @defaultValue none */
  readonly backendLoaders?: RunConfig['backendLoaders']
  /** How each role samples, and what answers it, in all steps that do not say otherwise. */
  readonly roles: Readonly<Record<string, ProgramConfigRole>>
  /** Of all draws of the program. @defaultValue 0 */
  readonly seed?: number
  /**
   * AdamW's settings; learning rates and norms belong to the steps.
   *
   * @defaultValue AdamW's own defaults
   */
  readonly optimizer?: AdamWSettings
  /** Sessions under way at once. @defaultValue 64 */
  readonly concurrency?: number
  /** Milliseconds that a session may take. @defaultValue no limit */
  readonly sessionTimeoutMs?: number
  /** How the chat templates are used. @defaultValue as the model's folder says */
  readonly renderer?: RunConfig['renderer']
  /** Sizes of the engines' batches and caches. @defaultValue those of its options */
  readonly engine?: RunConfig['engine']
  /** What the program does: named steps, one after the other. */
  readonly script: (lab: Lab, parts: ProgramParts) => Promise<void>
}

/**
 * A program, typed: what `icrl run` loads as the default export of a TypeScript or JavaScript file.
 *
 * @example
 * import { defineProgram, readTasks } from 'icrl'
 * import { grpo } from '@icrl/recipes'
 * import { singleTurn } from '@icrl/rollout'
 * import type { QuestionTask } from '@icrl/core'
 *
 * const attempt = singleTurn<QuestionTask>({
 *   prompt: ({ question }) => [{ role: 'user', content: question }],
 *   verifier: ({ text, task }) => ({ reward: Number(text.trim() === task.answer), valid: true }),
 * })
 * const recipe = grpo({ attempt, tasksPerStep: 8 })
 * const optimizer = { learningRate: 1e-6, clipNorm: 1 }
 * export default defineProgram({
 *   model: 'models/Qwen3-0.6B',
 *   roles: { solver: { sampling: { maxTokens: 256, temperature: 1 } } },
 *   script: async (lab) => {
 *     const [easy, hard] = [await readTasks('easy.jsonl'), await readTasks('hard.jsonl')]
 *     await lab.train('easy', { recipe, tasks: easy, stop: { steps: 50 }, optimizer })
 *     await lab.train('hard', { recipe, tasks: hard, stop: { steps: 100 }, optimizer })
 *   },
 * })
 */
export function defineProgram(config: ProgramConfig): ProgramConfig {
  return config
}
