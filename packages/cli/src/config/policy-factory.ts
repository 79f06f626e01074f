import type { Json, Policy } from '@icrl/core'
import type { ChatTokenizer } from '@icrl/renderer'

/** What a {@link PolicyFactory} answers. */
export interface Engine {
  /**
   * What is trained. It is disposed of at the end if it has `[Symbol.asyncDispose]`. Checkpoints,
   * and with them `--resume`, `icrl eval`, `icrl sample` and `icrl replay`, need its capability
   * `save`.
   */
  readonly policy: Policy
  /** Text to the policy's ids and back; its chat template renders the messages. */
  readonly tokenizer: ChatTokenizer
  /** The most tokens of a prompt and its answer together. */
  readonly contextLength: number
  /**
   * What decides the engine's numbers: the model it starts from, a rank, an address. It is stored
   * with the run, and a resumed run must give the same.
   *
   * @defaultValue only the factory's name is stored
   */
  readonly description?: Json
}

/** What a {@link PolicyFactory} is told. */
export interface EngineRequest {
  /** The run's seed. */
  readonly seed: number
}

/**
 * Makes the engine of a run: a function in place of the model's folder. It is called once per
 * process, after the configuration's `backend` was selected, if it names one.
 *
 * @example
 * import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
 * import { loadTokenizer } from '@icrl/renderer'
 *
 * const decayed: PolicyFactory = async () => {
 *   await selectBackend('native-cpu')
 *   const folder = 'models/Qwen3-0.6B'
 *   const policy = await loadLocalPolicy(folder, { optimizer: { weightDecay: 0.1 } })
 *   const { contextLength } = policy.config
 *   const description = { folder, weightDecay: 0.1 }
 *   return { policy, tokenizer: await loadTokenizer(folder), contextLength, description }
 * }
 */
export type PolicyFactory = (request: EngineRequest) => Engine | Promise<Engine>
