import { join } from 'node:path'
import {
  initializeModel,
  LocalPolicy,
  type LoadPolicyOptions,
  loadLocalPolicy,
  parseModelConfig,
} from '@icrl/backbone'
import { type Generation, randomStream } from '@icrl/core'

export const VOCABULARY = 16

/** Writes a tiny transformer with random weights. */
export async function writeTinyBase(directory: string): Promise<void> {
  const config = parseModelConfig({
    model_type: 'qwen3',
    vocab_size: VOCABULARY,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    head_dim: 8,
    // Larger than usual, so that an adapter can make one token likely.
    initializer_range: 0.5,
  })
  await using model = new LocalPolicy(config, initializeModel(config, 0))
  await model.save(directory, { optimizer: false })
}

export interface Asked {
  readonly prompt: readonly number[]
  readonly maxTokens: number
  readonly temperature: number
  readonly stop: readonly number[]
  readonly seed: number
}

export interface Answer extends Pick<Generation, 'finish'> {
  readonly tokens: number[]
  /** Of the tempered softmax. */
  readonly logprobs: number[]
  /** The most likely token of the first position and its log-probability. */
  readonly top: readonly [number, number]
}

/** An engine that serves a base and adapters over it, as vLLM and SGLang do. */
export class AdapterEngine implements AsyncDisposable {
  readonly adapters: Map<string, LocalPolicy> = new Map()
  readonly #base: string
  readonly #options: LoadPolicyOptions
  readonly #policy: LocalPolicy

  private constructor(base: string, options: LoadPolicyOptions, policy: LocalPolicy) {
    this.#base = base
    this.#options = options
    this.#policy = policy
  }

  /** @param options such as `weights: 'bf16'`, so that it computes a little otherwise */
  static async open(base: string, options: LoadPolicyOptions = {}): Promise<AdapterEngine> {
    const policy = await loadLocalPolicy(base, { adapter: { rank: 1 }, ...options })
    return new AdapterEngine(base, options, policy)
  }

  /** Loads a PEFT folder; it is there only once all of it could be read. */
  async load(name: string, folder: string): Promise<void> {
    const loaded = await loadLocalPolicy(join(folder), { base: this.#base, ...this.#options })
    await this.adapters.get(name)?.[Symbol.asyncDispose]()
    this.adapters.set(name, loaded)
  }

  async unload(name: string): Promise<boolean> {
    await this.adapters.get(name)?.[Symbol.asyncDispose]()
    return this.adapters.delete(name)
  }

  /** Undefined for an adapter that it has not got. */
  async draw(
    adapter: string | undefined,
    { prompt, maxTokens, temperature, stop, seed }: Asked,
  ): Promise<Answer | undefined> {
    const policy = adapter === undefined ? this.#policy : this.adapters.get(adapter)
    if (!policy) return undefined
    const ids = Int32Array.from(prompt)
    const draws = randomStream(seed, 'server')
    const request = { prompt: ids, maxTokens, temperature, stop, draws }
    const { tokens, logprobs, finish } = await policy.sample(request)
    const scores = await policy.score(
      Array.from({ length: VOCABULARY }, (_, token) => ({
        prompt: ids,
        response: Int32Array.of(token),
        temperature: temperature || 1,
      })),
    )
    const first = scores.map(({ logprobs: [value] }) => value)
    const best = first.indexOf(Math.max(...first))
    return { tokens: [...tokens], logprobs: [...logprobs], finish, top: [best, first[best]] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.adapters.keys()) await this.unload(name)
    await this.#policy[Symbol.asyncDispose]()
  }
}
