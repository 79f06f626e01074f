import { drawStream } from '@icrl/core'
import type { Generation, RandomStream, SampleRequest } from '@icrl/core'
import type { ModelConfig } from './config.ts'

/** One generation from its request to its end. */
export class RunningGeneration {
  readonly request: SampleRequest
  readonly promise: Promise<Generation>
  /** Its slot in the cache while it runs. */
  slot = -1
  readonly #signal: AbortSignal | undefined
  readonly #stream: RandomStream
  readonly #stop: ReadonlySet<number>
  readonly #limit: number
  readonly #tokens: number[] = []
  readonly #logprobs: number[] = []
  #resolve!: (generation: Generation) => void
  #reject!: (error: unknown) => void

  constructor(request: SampleRequest, signal: AbortSignal | undefined, { contextLength }: ModelConfig) {
    this.request = request
    this.#signal = signal
    this.#stream = drawStream(request.key)
    this.#stop = new Set(request.stop)
    this.#limit = Math.min(request.maxTokens, contextLength - request.prompt.length)
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get isAborted(): boolean {
    return this.#signal?.aborted === true
  }

  /** Cache rows it may need at most. */
  get rows(): number {
    return this.request.prompt.length + this.#limit
  }

  get lastToken(): number {
    return this.#tokens[this.#tokens.length - 1]
  }

  /** Rows of its slot that are filled: its prompt and all tokens but the last. */
  get filled(): number {
    return this.request.prompt.length + this.#tokens.length - 1
  }

  /** The uniform number of its next token. */
  get uniform(): number {
    return this.request.temperature === 0 ? 0 : this.#stream.uniform(this.#tokens.length)
  }

  /** Appends a token; the reason where it was the last. */
  append(token: number, logprob: number): 'stop' | 'length' | undefined {
    this.#tokens.push(token)
    this.#logprobs.push(logprob)
    if (this.#stop.has(token)) return 'stop'
    return this.#tokens.length >= this.#limit ? 'length' : undefined
  }

  end(finish: Generation['finish'], version: string): void {
    this.#resolve({ tokens: Int32Array.from(this.#tokens), logprobs: Float32Array.from(this.#logprobs), finish, version })
  }

  fail(error: unknown): void {
    this.#reject(error)
  }
}
