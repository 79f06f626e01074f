import { join } from 'node:path'
import { IcrlError } from '@icrl/core'
import type {
  Capability,
  Generation,
  LossSlopes,
  PassItem,
  PassOptions,
  Policy,
  SampleRequest,
  SaveOptions,
  ScoreItem,
  ScoreOptions,
  Snapshot,
  StepOptions,
  StepStats,
  TokenScores,
} from '@icrl/core'
import { currentBackendFacts } from '@icrl/tfjs-ops'
import type { Variable } from '@tensorflow/tfjs-core'
import type { KeepActivations } from './block.ts'
import type { ModelConfig } from './config.ts'
import type { Parameters } from './decoder-weights.ts'
import { GradientSum } from './gradient-sum.ts'
import { learningParameters } from './learning-parameters.ts'
import { checkItems, Inference, type InferenceOptions } from './inference.ts'
import { loadModelFolder } from './load-model-folder.ts'
import { type AdamWSettings, gradientNorm, Optimizer } from './optimizer.ts'
import { loadOptimizer, optimizerMetadata, saveOptimizer } from './save-optimizer.ts'
import { makeFolder, saveModelFolder } from './save-model-folder.ts'
import { takePeakBytes } from './peak-memory.ts'
import { createSnapshot, floatWeightsOf } from './snapshot.ts'
import { accumulateItems } from './train-pack.ts'
import { keepWeight, type WeightStorage } from './weight-storage.ts'

/** Settings of a `LocalPolicy`. */
export interface LocalPolicyOptions extends InferenceOptions {
  /**
   * Name of the policy in its versions: `name@updates`, or `name@restarts.updates` once its optimizer
   * began anew with other weights. Default `policy`.
   */
  readonly name?: string
  readonly optimizer?: AdamWSettings
  /**
   * What training keeps of each block's activations; the rest is computed again, with the same
   * bits. Default `all`. `attention` takes about a sixth of the memory, `inputs` a fifteenth; both
   * compute most of the forward pass twice.
   */
  readonly keep?: KeepActivations
  /**
   * Names of parameters that do not learn, or which do not: they have no gradient and no moments.
   * Default: all learn.
   */
  readonly frozen?: Iterable<string> | ((name: string) => boolean)
  /** How `snapshot` keeps its copy; default `float32`. */
  readonly snapshotWeights?: WeightStorage
  /** Folder whose tokenizer files `save` copies along. */
  readonly tokenizerFrom?: string
}

/**
 * A policy whose model runs on the current TensorFlow.js backend. Sampling goes on while scores and
 * gradients are computed. Whatever changes the weights waits until no generation runs, so that
 * every generation comes from one version.
 *
 * @example
 * declare const config: ModelConfig
 * const policy = new LocalPolicy(config, initializeModel(config, 0))
 * import { randomStream } from '@icrl/core'
 * const { tokens } = await policy.sample({
 *   prompt: Int32Array.of(1, 5),
 *   maxTokens: 16,
 *   temperature: 1,
 *   stop: [2],
 *   draws: randomStream(0, 'demo'),
 * })
 */
export class LocalPolicy implements Policy, AsyncDisposable {
  readonly capabilities: ReadonlySet<Capability>
  readonly config: ModelConfig
  readonly #parameters: Parameters
  readonly #options: LocalPolicyOptions
  readonly #name: string
  readonly #inference: Inference
  readonly #optimizer: Optimizer
  readonly #gradients: GradientSum
  #accumulated = false
  #queue: Promise<unknown> = Promise.resolve()

  /** Takes ownership of the parameters: `[Symbol.asyncDispose]` disposes of them. */
  constructor(config: ModelConfig, parameters: Parameters, options: LocalPolicyOptions = {}) {
    const always: Capability[] = [
      'temperature',
      'entropy',
      'entropy-gradient',
      'self-certainty',
      'snapshot',
      'restore',
      'save',
    ]
    this.capabilities = new Set(currentBackendFacts().exact ? ['exact', ...always] : always)
    this.config = config
    this.#parameters = parameters
    this.#options = options
    this.#name = options.name ?? 'policy'
    this.#inference = new Inference(config, parameters, () => this.version, options)
    const learning = learningParameters(parameters, options.frozen)
    this.#gradients = new GradientSum((name) => learning.has(name))
    this.#optimizer = new Optimizer(learning, options.optimizer)
  }

  get version(): string {
    const { updates, restarts } = this.#optimizer
    return `${this.#name}@${restarts > 0 ? `${restarts}.` : ''}${updates}`
  }

  sample(request: SampleRequest, signal?: AbortSignal): Promise<Generation> {
    return this.#inference.sample(request, signal)
  }

  score(items: readonly ScoreItem[], want: ScoreOptions = {}): Promise<TokenScores[]> {
    return this.#inTurn(() => this.#inference.score(items, want))
  }

  /**
   * Adds the gradient of a loss, in passes of at most `packTokens` rows. An error (`non-finite`
   * above all) drops everything accumulated so far.
   */
  accumulate(
    items: readonly PassItem[],
    slopes: LossSlopes,
    { entropySlopes = false, ...want }: PassOptions = {},
  ): Promise<TokenScores[]> {
    return this.#inTurn(async () => {
      try {
        this.#inference.sampler.releaseCache()
        checkItems('accumulate', items, this.config)
        const scores = await accumulateItems({
          decoder: this.#inference.decoder,
          call: { items, slopes, entropySlopes },
          want: { ...want, entropy: want.entropy || entropySlopes },
          gradients: this.#gradients,
          keep: this.#options.keep ?? 'all',
          packTokens: this.#inference.packTokens,
        })
        this.#accumulated = true
        return scores
      } catch (error) {
        this.#dropGradients()
        throw error
      }
    })
  }

  step({ learningRate, clipNorm }: StepOptions): Promise<StepStats> {
    return this.#withWeights(async () => {
      try {
        this.#checkStep(learningRate, clipNorm)
        const norm = await gradientNorm(this.#parameters, this.#gradients)
        const scale = clipNorm !== undefined && norm > clipNorm ? clipNorm / norm : 1
        this.#optimizer.update(this.#gradients, learningRate, scale)
        return { gradientNorm: norm, version: this.version, peakBytes: takePeakBytes() }
      } finally {
        this.#dropGradients()
      }
    })
  }

  #checkStep(learningRate: number, clipNorm: number | undefined): void {
    const invalid = (message: string, remedy: string): IcrlError =>
      new IcrlError(`step: ${message}`, { code: 'invalid-option', remedy })
    if (!(Number.isFinite(learningRate) && learningRate >= 0))
      throw invalid(`the learning rate is ${learningRate}.`, 'Use a finite number of 0 or more.')
    if (clipNorm !== undefined && !(clipNorm > 0))
      throw invalid(`clipNorm is ${clipNorm}.`, 'Use a number above 0, or leave it out.')
    if (!this.#accumulated) throw invalid('no gradient was accumulated.', 'Call accumulate first.')
  }

  #dropGradients(): void {
    this.#gradients.clear()
    this.#accumulated = false
  }

  snapshot(): Promise<Snapshot> {
    return this.#inTurn(async () => {
      const version = this.version
      const { snapshotWeights = 'float32', ...options } = this.#options
      const copies = new Map(
        [...this.#parameters].map(([name, parameter]) => [
          name,
          keepWeight(parameter, snapshotWeights),
        ]),
      )
      return createSnapshot(this.config, copies, version, options)
    })
  }

  /**
   * Goes back to the weights of a snapshot, which must be of a policy of the same shape, and begins a
   * new optimizer. The version counts restarts: no two weights have the same.
   */
  restore(snapshot: Snapshot): Promise<void> {
    return this.#withWeights(async () => {
      const weights = floatWeightsOf(snapshot, this.config)
      for (const [name, parameter] of this.#parameters) {
        const copy = keepWeight(weights.get(name)!, 'float32') as Variable
        parameter.assign(copy)
        copy.dispose()
      }
      this.#dropGradients()
      this.#optimizer.restart(this.#optimizer.restarts + 1)
    })
  }

  /**
   * Writes the model in Hugging Face layout and the optimizer beside it. The weights are written
   * last: they complete the folder.
   */
  save(directory: string, { optimizer = true }: SaveOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      await makeFolder(directory)
      if (optimizer) await saveOptimizer(directory, this.#optimizer)
      const metadata = optimizerMetadata(this.#optimizer)
      await saveModelFolder(directory, this.config, this.#parameters, {
        tokenizerFrom: this.#options.tokenizerFrom,
        metadata,
      })
    })
  }

  /**
   * Replaces the weights and the optimizer's state by the folder's. If the folder holds only a
   * model, the optimizer starts anew, as with `restore`.
   */
  load(directory: string): Promise<void> {
    return this.#withWeights(async () => {
      const { parameters, metadata } = await loadModelFolder(directory)
      try {
        for (const [name, parameter] of this.#parameters)
          requireFit(directory, name, parameter, parameters.get(name))
        await loadOptimizer(directory, this.#optimizer, metadata)
        for (const [name, parameter] of this.#parameters)
          parameter.assign(parameters.get(name) as Variable)
        this.#dropGradients()
      } finally {
        for (const loaded of parameters.values()) loaded.dispose()
      }
    })
  }

  /**
   * Frees everything, once no generation runs; requests that have not begun fail with
   * `unavailable`.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#withWeights(async () => {
      this.#inference.sampler.close()
      this.#dropGradients()
      this.#optimizer.reset()
      for (const parameter of this.#parameters.values()) parameter.dispose()
    })
  }

  /** Runs actions one at a time, in the order of the calls. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action)
    this.#queue = result.catch(() => undefined)
    return result
  }

  /** Runs an action in turn, while no generation runs and none begins. */
  #withWeights<T>(action: () => Promise<T>): Promise<T> {
    const { sampler } = this.#inference
    return this.#inTurn(async () => {
      await sampler.pause()
      try {
        sampler.releaseCache()
        return await action()
      } finally {
        sampler.resume()
      }
    })
  }
}

function requireFit(
  directory: string,
  name: string,
  parameter: Variable,
  loaded: Variable | undefined,
): void {
  if (loaded !== undefined && loaded.shape.join() === parameter.shape.join()) return
  throw new IcrlError(
    `${join(directory, 'model.safetensors')}: ${name} has shape [${loaded?.shape.join(', ') ?? 'none'}], this policy's [${parameter.shape.join(', ')}].`,
    {
      code: 'invalid-shape',
      remedy: 'Load a model of the same architecture.',
    },
  )
}
