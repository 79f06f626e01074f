import {
  type Capability,
  type Generation,
  IcrlError,
  isIcrlError,
  type LossSlopes,
  type PassItem,
  type PassOptions,
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
import { AdamClock } from './adam-clock.ts'
import type { TinkerCapabilities } from './capabilities.ts'
import { checkItems, checkSampleRequest, refuseFigures } from './check-requests.ts'
import { readCheckpoint, writeCheckpoint } from './checkpoint-folder.ts'
import { disposeAtExit, forget } from './dispose-at-exit.ts'
import { fingerprintDatum, Fingerprints, requireSaved } from './fingerprints.ts'
import { generate, nothing, unlessAborted } from './generate.ts'
import { prepareStep } from './prepare-step.ts'
import { keptWeights, remoteSnapshot } from './remote-snapshot.ts'
import { checkSlopes, emptyDatum, ofResponse, type PendingItem, scoringDatum } from './surrogate.ts'
import { type NewModel, TinkerModel } from './tinker-model.ts'
import type { TinkerPolicy, TinkerPolicyOptions } from './tinker-policy.ts'
import type { TinkerSession } from './tinker-session.ts'
import { WeightsGate } from './weights-gate.ts'
import { writeAdapterFolder } from './write-adapter-folder.ts'

/** What a policy is made of. */
interface Parts {
  readonly options: TinkerPolicyOptions
  readonly session: TinkerSession
  readonly wanted: NewModel
  readonly server: TinkerCapabilities
  readonly model: TinkerModel
}

/**
 * The policy of `tinkerPolicy`: its calls in their order, its version, and whether the weights on the
 * server are known.
 */
export class RemotePolicy implements TinkerPolicy {
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

  step(options: StepOptions): Promise<StepStats> {
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
      const parts = {
        model: this.#model,
        clock: this.#clock,
        server: this.server,
        empty: emptyDatum(this.#fingerprint),
        version: this.version,
        tolerance: this.#tolerance,
      }
      const make = prepareStep(parts, pending, options)
      const gradientNorm = await this.#guarded(make)
      this.#updates++
      return { gradientNorm, version: this.version }
    })
  }

  snapshot(): Promise<Snapshot> {
    return this.#inTurn(async () => {
      this.#check()
      const path = await this.#model.save()
      const model = await this.#loaded(path, true)
      const { rank, base } = this.#wanted
      const { serverSteps } = this.#clock
      return remoteSnapshot(model, this.version, this.#options, { path, serverSteps, rank, base })
    })
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#withWeights(async () => {
      const weights = keptWeights(snapshot)
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
