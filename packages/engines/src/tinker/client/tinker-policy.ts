import {
  type Capability,
  type Generation,
  IcrlError,
  isIcrlError,
  type LossSlopes,
  type PassItem,
  type PassOptions,
  type Policy,
  type SampleRequest,
  type SaveOptions,
  type ScoreItem,
  type ScoreOptions,
  type Snapshot,
  type StepOptions,
  type StepStats,
  type TokenScores,
} from '@icrl/core'
import type { Datum } from '../protocol/pass.ts'
import { AdamClock, type TinkerOptimizer } from './adam-clock.ts'
import type { TinkerCapabilities } from './capabilities.ts'
import { checkItems, checkSampleRequest, type ModelLimits } from './check-tokens.ts'
import { readCheckpoint, writeCheckpoint } from './checkpoint-folder.ts'
import { discoverCapabilities } from './discover-capabilities.ts'
import { disposeAtExit, forget } from './dispose-at-exit.ts'
import { fingerprintDatum, Fingerprints, requireSaved } from './fingerprints.ts'
import { generate } from './generate.ts'
import {
  checkSlopes,
  emptyDatum,
  ofResponse,
  type PendingItem,
  scoringDatum,
  surrogateData,
} from './surrogate.ts'
import { type NewModel, TinkerModel } from './tinker-model.ts'
import { type TinkerConnection, TinkerSession } from './tinker-session.ts'
import { WeightsGate } from './weights-gate.ts'
import { writeAdapterFolder } from './write-adapter-folder.ts'

/** Settings of a {@link tinkerPolicy}. */
export interface TinkerPolicyOptions extends TinkerConnection, ModelLimits {
  /** The base model, as the server names it. */
  readonly model: string
  /** Rank of the adapter that learns; default: 32. Servers decide its alpha and targets. */
  readonly rank?: number
  /** Of the adapter's first values; default: 0. */
  readonly seed?: number
  /** Name of the policy in its versions; default: `policy`. */
  readonly name?: string
  readonly optimizer?: TinkerOptimizer
  /** What is known of the server; the rest is found out. */
  readonly capabilities?: Partial<TinkerCapabilities>
  /**
   * The most by which log-probabilities of the same weights may differ on the server, on average over
   * a step's tokens, nats: beyond it the weights are not those that were scored. Default: 0.01.
   */
  readonly tolerance?: number
}

/** A policy on a Tinker server; `[Symbol.asyncDispose]` unloads its model. */
export interface TinkerPolicy extends Policy, AsyncDisposable {
  /** What the server does, given or found out. */
  readonly server: TinkerCapabilities
  restore(snapshot: Snapshot): Promise<void>
  /**
   * Writes the adapter as a PEFT folder, for other engines: `loadLocalPolicy(folder, { base })`,
   * vLLM, llama.cpp.
   *
   * @throws IcrlError `corrupt-file` for an archive without an adapter, `write-failed`
   */
  exportAdapter(directory: string): Promise<void>
}

/** What is left of the probability mass of float32 when a gradient is measured: a power of 2. */
const MEASURED = 2 ** -16

/** Where a snapshot's weights lie, for `restore`. */
interface Kept {
  readonly path: string
  readonly serverSteps: number
  readonly rank: number
  readonly base: string
}
const kept = new WeakMap<Snapshot, Kept>()

/**
 * A model on a server that speaks the Tinker protocol (SkyRL, hosted Tinker, `icrl serve --tinker`),
 * as a policy: it samples, scores and learns there, and any objective gets its exact gradient (see
 * the surrogate in docs/scale-out.md). Sampling at temperatures other than 0 and 1 is refused, for such
 * servers report log-probabilities of temperature 1 alone.
 *
 * Nothing is trained twice: a training call whose fate is unknown is not sent again. The policy then
 * refuses all but `load`, and a run goes on from its last checkpoint. Checkpoints stay on the server;
 * the folder says where.
 *
 * @throws IcrlError `unavailable` if no server answers, `unsupported` if it does not serve the model
 * or a capability can neither be found out nor was given
 * @example
 * await using policy = await tinkerPolicy({
 *   url: 'http://127.0.0.1:8000',
 *   model: 'tiny-qwen3',
 *   vocabularySize: 512,
 *   contextLength: 2048,
 *   rank: 8,
 * })
 * policy.server.reduction // 'datum-mean' on SkyRL's JAX backend
 */
export async function tinkerPolicy(options: TinkerPolicyOptions): Promise<TinkerPolicy> {
  const { model, rank = 32, seed = 0, capabilities = {} } = options
  const session = await TinkerSession.open(options, model)
  try {
    const wanted: NewModel = { base: model, rank, seed }
    const server = await discoverCapabilities(session, wanted, capabilities)
    const made = await TinkerModel.create(session, wanted, server)
    return new RemotePolicy({ options, session, wanted, server, model: made })
  } catch (error) {
    session.close()
    throw error
  }
}

interface Parts {
  readonly options: TinkerPolicyOptions
  readonly session: TinkerSession
  readonly wanted: NewModel
  readonly server: TinkerCapabilities
  readonly model: TinkerModel
}

class RemotePolicy implements TinkerPolicy {
  readonly capabilities: ReadonlySet<Capability> = new Set(['snapshot', 'restore', 'save'])
  readonly server: TinkerCapabilities
  readonly #options: TinkerPolicyOptions
  readonly #session: TinkerSession
  readonly #wanted: NewModel
  #model: TinkerModel
  #clock: AdamClock
  #updates = 0
  #restarts = 0
  readonly #fingerprint: Datum
  readonly #fingerprints = new Fingerprints()
  #pending: PendingItem[] = []
  /** True: `accumulate` was called since the last step, whatever its slopes were. */
  #accumulated = false
  /** Why the weights on the server are not known any more. */
  #broken: unknown
  #queue: Promise<unknown> = Promise.resolve()
  readonly #gate = new WeightsGate()

  constructor({ options, session, wanted, server, model }: Parts) {
    this.server = server
    this.#options = options
    this.#session = session
    this.#wanted = wanted
    this.#model = model
    this.#clock = new AdamClock(options.optimizer)
    this.#fingerprint = fingerprintDatum(options.vocabularySize)
    disposeAtExit(this)
  }

  get version(): string {
    const restarts = this.#restarts > 0 ? `${this.#restarts}.` : ''
    return `${this.#options.name ?? 'policy'}@${restarts}${this.#updates}`
  }

  async sample(request: SampleRequest, signal?: AbortSignal): Promise<Generation> {
    checkSampleRequest(request, this.#options)
    if (signal?.aborted) return nothing(this.version)
    const draw = async (): Promise<Generation> => {
      this.#check()
      return generate(this.#model, request, this.version, this.#options)
    }
    return unlessAborted(this.#gate.shared(draw), this.version, signal)
  }

  score(items: readonly ScoreItem[], want: ScoreOptions = {}): Promise<TokenScores[]> {
    return this.#inTurn(() => {
      refuseFigures(want)
      return this.#forward('score', items)
    })
  }

  accumulate(
    items: readonly PassItem[],
    slopes: LossSlopes,
    want: PassOptions = {},
  ): Promise<TokenScores[]> {
    return this.#inTurn(async () => {
      try {
        refuseFigures(want)
        const scores = await this.#forward('accumulate', items)
        const found = checkSlopes(items, slopes([...items.keys()], scores))
        found.forEach((one, i) => {
          if (one.some((slope) => slope !== 0))
            this.#pending.push({ item: items[i], logprobs: scores[i].logprobs, slopes: one })
        })
        this.#accumulated = true
        return scores
      } catch (error) {
        this.#pending = []
        this.#accumulated = false
        throw error
      }
    })
  }

  step({ learningRate, clipNorm }: StepOptions): Promise<StepStats> {
    return this.#withWeights(async () => {
      const [pending, isAccumulated] = [this.#pending, this.#accumulated]
      this.#pending = []
      this.#accumulated = false
      this.#check()
      if (!isAccumulated)
        throw new IcrlError('step: no gradient was accumulated.', {
          code: 'invalid-option',
          remedy: 'Call `accumulate` first.',
        })
      checkStep(learningRate, clipNorm, this.server)
      const { reduction, clipping } = this.server
      const isMeasured = clipNorm !== undefined && clipping === 'measured' && pending.length > 0
      // What float32 cannot hold is refused here, before anything is sent.
      const data = surrogateData(pending, reduction)
      return this.#guarded(async () => {
        const norm = isMeasured ? await this.#measure(pending) : undefined
        const isClipped = norm !== undefined && norm > clipNorm!
        const clipped = isClipped ? surrogateData(pending, reduction, clipNorm! / norm) : data
        // Servers refuse a step without a pass.
        const sent = clipped.length > 0 ? clipped : [emptyDatum(this.#fingerprint)]
        const bound = clipping === 'server' ? clipNorm : undefined
        const made = await this.#model.train(sent, this.#clock.step(learningRate, bound))
        this.#requireScored(pending, made.logprobs)
        this.#updates++
        return { gradientNorm: norm ?? made.norm, version: this.version }
      })
    })
  }

  snapshot(): Promise<Snapshot> {
    return this.#inTurn(async () => {
      this.#check()
      const path = await this.#model.save()
      const model = await this.#loaded(path, true)
      return this.#snapshotOf(model, {
        path,
        serverSteps: this.#clock.serverSteps,
        rank: this.#wanted.rank,
        base: this.#wanted.base,
      })
    })
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#withWeights(async () => {
      const weights = kept.get(snapshot)
      if (!weights)
        throw new IcrlError('restore: the snapshot holds no weights that this policy can read.', {
          code: 'unsupported',
          remedy: 'Give a snapshot that a Tinker policy of this server made.',
        })
      const { base, rank } = this.#wanted
      if (weights.base !== base || weights.rank !== rank)
        throw new IcrlError(
          `restore: the snapshot is of ${weights.base} with rank ${weights.rank}, this policy of ${base} with rank ${rank}.`,
          { code: 'invalid-shape', remedy: 'Restore a snapshot of a model of the same shape.' },
        )
      await this.#replace(weights.path, weights.serverSteps, undefined)
      this.#restarts++
      this.#updates = 0
    })
  }

  save(directory: string, { optimizer = true }: SaveOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      this.#check()
      const fingerprint =
        this.#fingerprints.of(this.version) ?? (await this.#model.forward([this.#fingerprint]))[0]
      const { base: model, rank } = this.#wanted
      const { steps, serverSteps } = this.#clock
      await writeCheckpoint(directory, {
        format: 1,
        url: this.#session.url,
        model,
        rank,
        path: await this.#model.save(),
        updates: this.#updates,
        restarts: this.#restarts,
        ...(optimizer && { optimizer: { steps } }),
        serverSteps,
        fingerprint: Array.from(fingerprint),
      })
    })
  }

  exportAdapter(directory: string): Promise<void> {
    // Where sampling shares the weights, a checkpoint for it may be made at any time.
    return this.#inTurn(async () => {
      this.#check()
      await writeAdapterFolder(directory, await this.#model.archive())
    })
  }

  load(directory: string): Promise<void> {
    return this.#withWeights(async () => {
      const saved = await readCheckpoint(directory)
      const { base, rank } = this.#wanted
      if (saved.model !== base || saved.rank !== rank)
        throw new IcrlError(
          `${directory}: it is of ${saved.model} with rank ${saved.rank}, this policy of ${base} with rank ${rank}.`,
          { code: 'invalid-shape', remedy: 'Load a checkpoint of a model of the same shape.' },
        )
      const { path, serverSteps, optimizer, fingerprint } = saved
      await this.#replace(path, serverSteps, optimizer?.steps, (loaded) =>
        requireSaved(fingerprint, loaded, this.#tolerance, directory),
      )
      if (optimizer) {
        this.#restarts = saved.restarts
        this.#updates = saved.updates
      } else {
        this.#restarts = Math.max(this.#restarts, saved.restarts) + 1
        this.#updates = 0
      }
    })
  }

  #disposed: Promise<void> | undefined;

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#withWeights(async () => {
      forget(this)
      this.#broken ??= new IcrlError('the policy was disposed of.', {
        code: 'unavailable',
        remedy: 'Make a new one.',
      })
      try {
        await this.#model.unload()
      } finally {
        this.#session.close()
      }
    })
    return this.#disposed
  }

  get #tolerance(): number {
    return this.#options.tolerance ?? 0.01
  }

  /** Scores items, and takes the fingerprint of weights that have none yet. */
  async #forward(what: string, items: readonly ScoreItem[]): Promise<TokenScores[]> {
    this.#check()
    checkItems(what, items, this.#options)
    const { version } = this
    const isNew = this.#fingerprints.of(version) === undefined
    const data = items.map(scoringDatum)
    const found = await this.#model.forward(isNew ? [...data, this.#fingerprint] : data)
    if (isNew) await this.#guarded(async () => this.#fingerprints.add(version, found.at(-1)!))
    return items.map((item, i) => ({ logprobs: ofResponse(item, found[i]) }))
  }

  /** The norm of a gradient: of a small part of it, in a step that changes nothing. */
  async #measure(pending: readonly PendingItem[]): Promise<number> {
    const data = surrogateData(pending, this.server.reduction, MEASURED)
    const { logprobs, norm } = await this.#model.train(data, this.#clock.measure())
    this.#requireScored(pending, logprobs)
    if (norm === undefined)
      throw new IcrlError('step: the server reported no gradient norm.', {
        code: 'unsupported',
        remedy: 'Give `capabilities: { clipping: "server" }` if it clips itself, or no `clipNorm`.',
      })
    return norm / MEASURED
  }

  /** @throws IcrlError `run-conflict` if other weights trained than those that were scored */
  #requireScored(pending: readonly PendingItem[], found: readonly Float32Array[]): void {
    let [apart, count] = [0, 0]
    pending.forEach(({ item, logprobs }, i) =>
      ofResponse(item, found[i]).forEach((value, t) => {
        apart += Math.abs(value - logprobs[t])
        count++
      }),
    )
    if (count === 0 || apart / count <= this.#tolerance) return
    throw new IcrlError(
      `step: the weights on the server are not those of ${this.version} that were scored: log-probabilities differ by ${(apart / count).toPrecision(3)} on average.`,
      {
        code: 'run-conflict',
        remedy:
          'It was restored, or another client trains or samples this model. Resume from the last checkpoint; where sums differ this much by themselves, raise `tolerance`.',
        triedEnough: true,
      },
    )
  }

  /** A new model with the weights at a path; nothing else has been asked of it. */
  async #loaded(path: string, optimizer: boolean): Promise<TinkerModel> {
    const model = await TinkerModel.create(this.#session, this.#wanted, this.server)
    try {
      await model.load(path, optimizer)
      return model
    } catch (error) {
      await model.unload()
      throw error
    }
  }

  /**
   * Puts a new model with saved weights in place of the present one.
   *
   * @param steps of the optimizer that goes on; undefined: it starts anew
   */
  async #replace(
    path: string,
    serverSteps: number,
    steps: number | undefined,
    check: (fingerprint: Float32Array) => void = () => undefined,
  ): Promise<void> {
    const isAnew = steps === undefined
    const isAlone = isAnew && this.server.loadsWeightsAlone
    const model = await this.#loaded(path, !isAlone)
    const clock = new AdamClock(this.#options.optimizer, steps ?? 0, isAlone ? 0 : serverSteps)
    try {
      check((await model.forward([this.#fingerprint]))[0])
      if (isAnew && !isAlone) await model.train([emptyDatum(this.#fingerprint)], clock.reset())
    } catch (error) {
      await model.unload()
      throw error
    }
    const old = this.#model
    this.#model = model
    this.#clock = clock
    this.#pending = []
    this.#accumulated = false
    this.#broken = undefined
    this.#fingerprints.clear()
    await old.unload()
  }

  #snapshotOf(model: TinkerModel, weights: Kept): Snapshot {
    const { version } = this
    let disposed: Promise<void> | undefined
    const snapshot: Snapshot = {
      sample: async (request, signal) => {
        checkSampleRequest(request, this.#options)
        if (signal?.aborted) return nothing(version)
        return unlessAborted(generate(model, request, version, this.#options), version, signal)
      },
      score: async (items, want = {}) => {
        refuseFigures(want)
        checkItems('score', items, this.#options)
        const found = await model.forward(items.map(scoringDatum))
        return items.map((item, i) => ({ logprobs: ofResponse(item, found[i]) }))
      },
      [Symbol.asyncDispose]: () => (disposed ??= model.unload()),
    }
    kept.set(snapshot, weights)
    return snapshot
  }

  #check(): void {
    this.#session.check()
    if (this.#broken) throw this.#broken
  }

  /** Runs what changes the server's weights: after an error nobody knows what they are. */
  async #guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      this.#broken = new IcrlError(
        `the weights on the server are not known any more: ${error instanceof Error ? error.message : String(error)}`,
        {
          code: isIcrlError(error) ? error.code : 'unavailable',
          remedy: 'Load the last checkpoint.',
          triedEnough: true,
          cause: error,
        },
      )
      throw error
    }
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action)
    this.#queue = result.catch(() => undefined)
    return result
  }

  /** In turn and, where sampling can change the weights that are trained, while nothing samples. */
  #withWeights<T>(action: () => Promise<T>): Promise<T> {
    return this.#inTurn(() =>
      this.server.samplerSharesWeights ? this.#gate.exclusive(action) : action(),
    )
  }
}

/**
 * What a caller gets who stops waiting. The server finishes the generation all the same, and the
 * weights stay until it has.
 */
async function unlessAborted(
  generation: Promise<Generation>,
  version: string,
  signal: AbortSignal | undefined,
): Promise<Generation> {
  if (!signal) return generation
  const aborted = new Promise<Generation>((resolve) =>
    signal.addEventListener('abort', () => resolve(nothing(version)), { once: true }),
  )
  generation.catch(() => undefined)
  return Promise.race([aborted, generation])
}

function nothing(version: string): Generation {
  const [tokens, logprobs] = [new Int32Array(), new Float32Array()]
  return { tokens, logprobs, finish: 'aborted', version }
}

function refuseFigures({ entropy, selfCertainty, entropySlopes }: PassOptions): void {
  const wanted = Object.entries({ entropy, selfCertainty, entropySlopes })
    .filter(([, isWanted]) => isWanted)
    .map(([name]) => name)
  if (wanted.length === 0) return
  throw new IcrlError(`a Tinker server cannot give ${wanted.join(', ')}.`, {
    code: 'unsupported',
    remedy: 'Leave it out, or train on the local engine.',
  })
}

function checkStep(
  learningRate: number,
  clipNorm: number | undefined,
  { clipping }: TinkerCapabilities,
): void {
  const invalid = (message: string): IcrlError =>
    new IcrlError(`step: ${message}`, { code: 'invalid-option', remedy: 'Use a positive number.' })
  if (!(Number.isFinite(learningRate) && learningRate >= 0))
    throw invalid(`learningRate is ${learningRate}.`)
  if (clipNorm !== undefined && !(clipNorm > 0)) throw invalid(`clipNorm is ${clipNorm}.`)
  if (clipNorm === undefined || clipping !== 'none') return
  throw new IcrlError(`step: clipNorm ${clipNorm}, which this server cannot clip by.`, {
    code: 'unsupported',
    remedy:
      'Give no `clipNorm`, or `capabilities: { clipping: "server" }` if its documentation says that it honors grad_clip_norm.',
  })
}
