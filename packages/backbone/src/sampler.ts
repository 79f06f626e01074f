import { IcrlError } from '@icrl/core'
import type { Generation, SampleRequest } from '@icrl/core'
import { tensor1d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { decodeTokens, sampleToken, writeCache } from '@icrl/tfjs-ops'
import type { DecodedTokens, PageTables } from '@icrl/tfjs-ops'
import { type AdmissionLimits, admit } from './admit.ts'
import { checkRequest } from './check-request.ts'
import { PanelModel } from './decode-model.ts'
import { type Decoder, decoderForward, disposePass } from './decoder.ts'
import { CACHE_TOKENS, cacheLimit, KeyValueCache } from './kv-cache.ts'
import { nextTurn } from './next-turn.ts'
import type { PagedSequence } from './page-pool.ts'
import { prefillRows } from './prefill-rows.ts'
import { drawsOf, RunningGeneration, sequencesOf } from './running-generation.ts'

/** Run-time settings of a sampler: they change speed and memory, never a token. */
export interface SamplerOptions {
  /** Most generations that run at once. @defaultValue 256 */
  readonly maxConcurrency?: number
  /**
   * Most cache rows of all generations together, in pages of 64; those that prompts share count once.
   * One generation alone may have the model's whole context.
   *
   * @defaultValue 65,536
   */
  readonly cacheTokens?: number
  /**
   * Most prompt tokens processed before the running generations go on, shared ones counted once. A
   * longer prompt is processed alone.
   *
   * @defaultValue 2,048
   */
  readonly prefillTokens?: number
  /**
   * Most bytes for copies of the weights in the order that decode steps read fastest. The copies
   * are kept until the weights change.
   *
   * @defaultValue 1 GiB
   */
  readonly panelBytes?: number
}

/**
 * Draws tokens for all requests in flight at once. A request joins the batch after the current
 * call, which takes a few milliseconds, and leaves it when it is done. Between calls the event loop
 * runs. What the prompts of new requests share is computed once. Token t of a generation is drawn
 * with number t of the random stream of its key, so neither the other requests nor their order
 * change a token.
 */
export class BatchSampler {
  readonly #decoder: Decoder
  readonly #version: () => string
  readonly #limits: AdmissionLimits
  readonly #cache: KeyValueCache
  readonly #panelBytes: number
  #model: PanelModel | undefined
  #waiting: RunningGeneration[] = []
  #running: RunningGeneration[] = []
  #loop: Promise<void> | undefined
  #pauses = 0
  #closed = false

  constructor(
    decoder: Decoder,
    version: () => string,
    {
      maxConcurrency = 256,
      cacheTokens = CACHE_TOKENS,
      prefillTokens = 2_048,
      panelBytes = 2 ** 30,
    }: SamplerOptions = {},
  ) {
    const { layers, keyValueHeads, headDim, contextLength } = decoder.config
    this.#decoder = decoder
    this.#version = version
    this.#panelBytes = panelBytes
    this.#limits = { maxConcurrency, prefillTokens }
    const rows = cacheLimit(cacheTokens, contextLength)
    this.#cache = new KeyValueCache({ layers, keyValueHeads, headDim, rows })
  }

  /** Samples one generation; an abort ends it with the tokens it has. */
  async sample(request: SampleRequest, signal?: AbortSignal): Promise<Generation> {
    if (this.#closed) throw disposedOf(this.#version())
    checkRequest(request, this.#decoder.config)
    const generation = new RunningGeneration(request, signal, this.#decoder.config)
    this.#waiting.push(generation)
    this.#start()
    return generation.promise
  }

  /**
   * Waits until no generation runs. None begins until `resume`, so the weights may change in
   * between.
   */
  async pause(): Promise<void> {
    this.#pauses++
    while (this.#running.length > 0) await this.#loop
    this.#unpack()
  }

  resume(): void {
    this.#pauses--
    this.#start()
  }

  /**
   * Fails the waiting requests and every later one, because the weights are gone. Pause it first.
   */
  close(): void {
    this.#closed = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const generation of waiting) generation.fail(disposedOf(this.#version()))
  }

  /**
   * Frees the cache and the copies of the weights unless a generation runs; the next one makes them
   * again.
   */
  releaseCache(): void {
    if (this.#running.length > 0) return
    this.#cache.dispose()
    this.#unpack()
  }

  #unpack(): void {
    this.#model?.dispose()
    this.#model = undefined
  }

  #start(): void {
    if (this.#loop !== undefined || this.#pauses > 0 || this.#waiting.length === 0) return
    this.#loop = this.#run().finally(() => {
      this.#loop = undefined
      this.#start()
    })
  }

  async #run(): Promise<void> {
    try {
      do {
        await nextTurn()
        this.#dropAborted()
        const newcomers = this.#pauses > 0 ? [] : this.#admit()
        if (newcomers.length > 0) await this.#prefill(newcomers)
        else if (this.#running.length > 0) await this.#decode()
      } while (this.#running.length > 0 || (this.#waiting.length > 0 && this.#pauses === 0))
    } catch (error) {
      const all = [...this.#running, ...this.#waiting]
      this.#running = []
      this.#waiting = []
      for (const generation of all) {
        this.#leave(generation)
        generation.fail(error)
      }
    }
  }

  #dropAborted(): void {
    for (const generation of [...this.#waiting, ...this.#running])
      if (generation.isAborted) {
        this.#leave(generation)
        generation.end('aborted', this.#version())
      }
    this.#waiting = this.#waiting.filter(({ isAborted }) => !isAborted)
    this.#running = this.#running.filter(({ isAborted }) => !isAborted)
  }

  #admit(): RunningGeneration[] {
    const count = admit(this.#waiting, this.#running.length, this.#limits, (generation) => {
      generation.cached = this.#cache.open(generation.prompt, generation.rows)
      return generation.cached !== undefined
    })
    const newcomers = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    this.#running = [...this.#running, ...newcomers]
    return newcomers
  }

  /** Gives its pages back. */
  #leave(generation: RunningGeneration): void {
    if (generation.cached !== undefined) this.#cache.free(generation.cached)
    generation.cached = undefined
  }

  async #prefill(newcomers: readonly RunningGeneration[]): Promise<void> {
    const sequences = cachedOf(newcomers)
    this.#cache.tables(sequences)
    const rows = prefillRows(
      newcomers.map(({ prompt }) => prompt),
      sequences,
    )
    const [ids, positions, chosen] = [rows.ids, rows.positions, rows.chosen].map((values) =>
      tensor1d(values, 'int32'),
    )
    const pass = await decoderForward(
      this.#decoder,
      { ids, rows: { positions, layout: rows.layout }, chosen },
      {
        keep: 'nothing',
        onKeysAndValues: (layer, key, value) => {
          writeCache(key, value, this.#cache.blocks[layer], rows.writes)
        },
      },
    )
    for (const tensor of [ids, positions, chosen]) tensor.dispose()
    const drawn = await drawFirst(newcomers, pass.hidden, this.#decoder).finally(() =>
      disposePass(pass),
    )
    this.#append(newcomers, drawn, 1)
  }

  async #decode(): Promise<void> {
    const running = this.#running
    this.#model ??= new PanelModel(this.#decoder, this.#panelBytes)
    const longest = running.reduce((most, { left }) => Math.max(most, left), 1)
    const steps = Math.min(longest, this.#model.stepsAtOnce(running.length))
    const sequences = sequencesOf(running, this.#tables(running, steps), steps)
    const drawing = decodeTokens(this.#model, this.#cache.blocks, sequences, {
      ...this.#decoder.shape,
      steps,
    })
    this.#append(running, await drawing.catch((cause: unknown) => rethrow(running, cause)), steps)
  }

  /** With pages for the rows that the next steps fill. */
  #tables(running: readonly RunningGeneration[], steps: number): PageTables {
    const sequences = cachedOf(running)
    running.forEach(({ filled, left }, n) =>
      this.#cache.append(sequences[n], filled + Math.min(left, steps)),
    )
    return this.#cache.tables(sequences)
  }

  #append(
    generations: readonly RunningGeneration[],
    { ids, logprobs, counts }: DecodedTokens,
    steps: number,
  ): void {
    const ended = new Set<RunningGeneration>()
    generations.forEach((generation, n) => {
      const finish = generation.append(ids, logprobs, n * steps, n * steps + counts[n])
      if (finish === undefined) return
      this.#leave(generation)
      generation.end(finish, this.#version())
      ended.add(generation)
    })
    this.#running = this.#running.filter((generation) => !ended.has(generation))
  }
}

/** The pages of generations that run. */
function cachedOf(generations: readonly RunningGeneration[]): PagedSequence[] {
  return generations.flatMap(({ cached }) => cached ?? [])
}

function disposedOf(version: string): IcrlError {
  return new IcrlError(`sample: ${version} has been disposed of.`, {
    code: 'unavailable',
    remedy: 'Wait for the generations that are under way before you dispose of a policy.',
  })
}

/** Draws the token after each prompt. */
async function drawFirst(
  generations: readonly RunningGeneration[],
  hidden: Tensor2D,
  { weights }: Decoder,
): Promise<DecodedTokens> {
  try {
    const drawn = sampleToken(hidden, weights.head, drawsOf(generations, 1))
    const [ids, logprobs] = await Promise.all([
      drawn.ids.data<'int32'>(),
      drawn.logprobs.data<'float32'>(),
    ])
    drawn.ids.dispose()
    drawn.logprobs.dispose()
    return { ids, logprobs, counts: new Int32Array(ids.length).fill(1) }
  } catch (cause) {
    return rethrow(generations, cause)
  }
}

/** The requests were checked before, so a RangeError can only come from the logits. */
function rethrow(
  [
    {
      request: { draws },
    },
  ]: readonly RunningGeneration[],
  cause: unknown,
): never {
  if (!(cause instanceof RangeError)) throw cause
  throw new IcrlError(
    `sample: a token's log-probability is not finite, in the batch of the draws ${draws.path.join('/')}.`,
    {
      code: 'non-finite',
      remedy:
        'The weights hold a non-finite or enormous number: load an earlier checkpoint and lower the learning rate.',
      cause,
    },
  )
}
