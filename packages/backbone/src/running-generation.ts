import type { Generation, RandomStream, SampleRequest } from '@icrl/core'
import type { DecodeSequences, PageTables } from '@icrl/tfjs-ops'
import type { ModelConfig } from './config.ts'
import type { PagedSequence } from './page-pool.ts'

/** One generation from its request to its end. */
export class RunningGeneration {
  readonly request: SampleRequest
  readonly promise: Promise<Generation>
  /** Its pages in the cache while it runs. */
  cached: PagedSequence | undefined
  readonly #signal: AbortSignal | undefined
  readonly #stream: RandomStream
  readonly #limit: number
  readonly #tokens: number[] = []
  readonly #logprobs: number[] = []
  #resolve!: (generation: Generation) => void
  #reject!: (error: unknown) => void

  constructor(
    request: SampleRequest,
    signal: AbortSignal | undefined,
    { contextLength }: ModelConfig,
  ) {
    this.request = request
    this.#signal = signal
    this.#stream = request.draws
    this.#limit = Math.min(request.maxTokens, contextLength - request.prompt.length)
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get prompt(): Int32Array {
    return this.request.prompt
  }

  get isAborted(): boolean {
    return this.#signal?.aborted === true
  }

  /** The most cache rows it may need. */
  get rows(): number {
    return this.request.prompt.length + this.#limit
  }

  /** How many more tokens it may get. */
  get left(): number {
    return this.#limit - this.#tokens.length
  }

  get lastToken(): number {
    return this.#tokens[this.#tokens.length - 1]
  }

  /** Rows of its pages that are filled: its prompt and all tokens but the last. */
  get filled(): number {
    return this.request.prompt.length + this.#tokens.length - 1
  }

  /** The uniform number for the token `ahead` places after the next one; 0 for greedy decoding. */
  uniform(ahead: number): number {
    return this.request.temperature === 0 ? 0 : this.#stream.uniform(this.#tokens.length + ahead)
  }

  /**
   * Appends the tokens at [start, end); returns why the generation ended, if the last of them ended
   * it.
   */
  append(
    tokens: Int32Array,
    logprobs: Float32Array,
    start: number,
    end: number,
  ): 'stop' | 'length' | undefined {
    for (let t = start; t < end; t++) {
      this.#tokens.push(tokens[t])
      this.#logprobs.push(logprobs[t])
      this.request.onToken?.(tokens[t], logprobs[t])
    }
    if (this.request.stop.includes(this.lastToken)) return 'stop'
    return this.left <= 0 ? 'length' : undefined
  }

  end(finish: Generation['finish'], version: string): void {
    this.#resolve({
      tokens: new Int32Array(this.#tokens),
      logprobs: new Float32Array(this.#logprobs),
      finish,
      version,
    })
  }

  fail(error: unknown): void {
    this.#reject(error)
  }
}

/** How the next `steps` tokens of each are drawn. */
export function drawsOf(
  generations: readonly RunningGeneration[],
  steps: number,
): Pick<DecodeSequences, 'temperatures' | 'uniforms' | 'topK' | 'topP'> {
  const count = generations.length
  const draws = {
    temperatures: new Float32Array(count),
    uniforms: new Float64Array(count * steps),
    topK: new Int32Array(count),
    topP: new Float32Array(count),
  }
  generations.forEach((generation, n) => {
    const { temperature, topK = 0, topP = 1 } = generation.request
    draws.temperatures[n] = temperature
    draws.topK[n] = topK
    draws.topP[n] = topP
    for (let step = 0; step < Math.min(steps, generation.left); step++)
      draws.uniforms[n * steps + step] = generation.uniform(step)
  })
  return draws
}

/** Generations that have their first token, as decode steps take them, with their pages. */
export function sequencesOf(
  generations: readonly RunningGeneration[],
  tables: PageTables,
  steps: number,
): DecodeSequences {
  const count = generations.length
  const places = {
    lengths: new Int32Array(count),
    newest: new Int32Array(count),
    limits: new Int32Array(count),
  }
  generations.forEach(({ filled, lastToken, left }, n) => {
    places.lengths[n] = filled
    places.newest[n] = lastToken
    places.limits[n] = left
  })
  return {
    ...tables,
    ...places,
    stops: generations.map(({ request }) => request.stop),
    ...drawsOf(generations, steps),
  }
}
