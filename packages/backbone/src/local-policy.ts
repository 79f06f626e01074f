import { join, resolve } from '#node'
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
import { currentBackendFacts, isSplit } from '@icrl/tfjs-ops'
import type { Variable } from '@tensorflow/tfjs-core'
import type { KeepActivations } from './block.ts'
import { type Adapter, type AdapterOptions, initializeAdapter, isSameAdapter } from './adapter.ts'
import { ADAPTER_CONFIG, type AdapterConfig } from './adapter-folder.ts'
import type { ModelConfig } from './config.ts'
import { GradientSum } from './gradient-sum.ts'
import { learningParameters } from './learning-parameters.ts'
import { checkItems, Inference, type InferenceOptions } from './inference.ts'
import { loadAdapter } from './load-adapter.ts'
import type { ModelFolder } from './load-model-folder.ts'
import { loadTrainable } from './load-trainable.ts'
import { mergedSources } from './merged-sources.ts'
import { saveMasters } from './masters.ts'
import {
  type AdamWRates,
  type AdamWSettings,
  gradientNorm,
  type LearningParameters,
  Optimizer,
} from './optimizer.ts'
import { loadOptimizer, optimizerMetadata, saveOptimizer } from './save-optimizer.ts'
import { saveAdapter } from './save-adapter.ts'
import { saveModel, saveModelFolder } from './save-model-folder.ts'
import { takePeakBytes } from './peak-memory.ts'
import { decoderOf, disposeModel, type ModelInMemory } from './model-in-memory.ts'
import { SharedWeights } from './shared-weights.ts'
import { createSnapshot, learnedWeightsOf } from './snapshot.ts'
import { accumulateItems } from './train-pack.ts'
import {
  assignWeight,
  disposeWeight,
  keepWeight,
  sizeOf,
  type Trainable,
  type Weight,
  type WeightStorage,
} from './weight-storage.ts'
import { writeFolderWhole } from './write-folder-whole.ts'

/** Settings of a `LocalPolicy`. */
export interface LocalPolicyOptions extends InferenceOptions {
  /**
   * Name of the policy in its versions: `name@updates`, or `name@restarts.updates` once its
   * optimizer began anew with other weights.
   *
   * @defaultValue `policy`
   */
  readonly name?: string
  /** AdamW's settings. @defaultValue those of `AdamWSettings` */
  readonly optimizer?: AdamWSettings
  /**
   * Trains a low-rank adapter in place of the weights (LoRA, Hu et al. 2021, arXiv 2106.09685),
   * which stay as they are: a new one, or one that is given, which then belongs to the policy.
   *
   * @defaultValue all weights learn
   */
  readonly adapter?: AdapterOptions | Adapter
  /**
   * What training keeps of each block's activations; the rest is computed again, with the same
   * bits. `attention` takes about a sixth of the memory, `inputs` a fifteenth; both compute most of
   * the forward pass twice.
   *
   * @defaultValue `all`
   */
  readonly keep?: KeepActivations
  /**
   * Names of parameters that do not learn, or which do not: they have no gradient and no moments.
   *
   * @defaultValue all learn
   */
  readonly frozen?: Iterable<string> | ((name: string) => boolean)
  /**
   * How `snapshot` keeps its copy. A snapshot of a policy with an adapter copies that alone, as it
   * is.
   *
   * @defaultValue `float32`
   */
  readonly snapshotWeights?: WeightStorage
  /** Folder whose tokenizer files `save` copies along. @defaultValue none are */
  readonly tokenizerFrom?: string
}

/** How one step of a `LocalPolicy` is made. */
export interface LocalStepOptions extends StepOptions {
  /** Of AdamW, for this step. @defaultValue those that the policy was made with */
  readonly rates?: AdamWRates
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
  readonly #model: ModelInMemory
  /** What changes when it learns: the adapter's parameters, or all. */
  readonly #own: LearningParameters
  readonly #options: LocalPolicyOptions
  readonly #name: string
  readonly #inference: Inference
  readonly #optimizer: Optimizer
  readonly #gradients: GradientSum
  #accumulated = false
  #queue: Promise<unknown> = Promise.resolve()

  /**
   * Takes ownership of the parameters: `[Symbol.asyncDispose]` disposes of them.
   *
   * @throws IcrlError `unsupported` for weights in bf16 without an adapter, `invalid-option`
   */
  constructor(
    config: ModelConfig,
    parameters: ReadonlyMap<string, Weight> | SharedWeights,
    options: LocalPolicyOptions = {},
  ) {
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
    const base = parameters instanceof SharedWeights ? parameters : new SharedWeights(parameters)
    const adapter = adapterFrom(config, options)
    this.#model = { config, base, adapter }
    this.#own = adapter?.parameters ?? trainable(base.parameters)
    this.#options = options
    this.#name = options.name ?? 'policy'
    this.#inference = new Inference(
      decoderOf(this.#model, adapter !== undefined),
      () => this.version,
      options,
    )
    const learning = learningParameters(this.#own, options.frozen)
    this.#gradients = new GradientSum((name) => learning.has(name))
    this.#optimizer = new Optimizer(learning, options.optimizer)
  }

  /** Numbers that change when it learns, and that `save` writes. */
  get learnedSize(): number {
    return [...this.#own.values()].reduce((total, weight) => total + sizeOf(weight), 0)
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

  /** `rates`, if they are given, replace the optimizer's own for this step. */
  step({ learningRate, clipNorm, rates }: LocalStepOptions): Promise<StepStats> {
    return this.#withWeights(async () => {
      try {
        this.#checkStep(learningRate, clipNorm)
        const norm = await gradientNorm(this.#own, this.#gradients)
        const scale = clipNorm !== undefined && norm > clipNorm ? clipNorm / norm : 1
        this.#optimizer.update(this.#gradients, learningRate, scale, rates)
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
      const { config, base, adapter } = this.#model
      const copy =
        adapter === undefined
          ? { config, base: new SharedWeights(copyOf(this.#own, snapshotWeights)) }
          : { config, base: base.hold(), adapter: copyOfAdapter(adapter) }
      return createSnapshot(copy, version, options)
    })
  }

  /**
   * The model without its adapter, as a snapshot that shares its weights: a reference that takes no
   * memory.
   *
   * @throws IcrlError `unsupported` without an adapter
   */
  baseSnapshot(): Promise<Snapshot> {
    return this.#inTurn(async () => {
      const { config } = this.#model
      return createSnapshot({ config, base: this.#sharedBase() }, 'base', this.#options)
    })
  }

  /**
   * Another policy over the same base, with an adapter of its own: a critic, or another arm. The
   * base's weights are freed with the last policy and the last snapshot that computes with them.
   *
   * @throws IcrlError `unsupported` without an adapter here, `invalid-option`
   *
   * @example
   * const solver = await loadLocalPolicy('SmolLM2-135M-Instruct', { adapter: { rank: 16 } })
   * const critic = solver.withAdapter({ name: 'critic', adapter: { rank: 8, seed: 1 } })
   */
  withAdapter(
    options: LocalPolicyOptions & { readonly adapter: AdapterOptions | Adapter },
  ): LocalPolicy {
    const { tokenizerFrom } = this.#options
    const base = this.#sharedBase()
    try {
      return new LocalPolicy(this.config, base, { tokenizerFrom, ...options })
    } catch (error) {
      base.release()
      throw error
    }
  }

  /** The base for one more holder. */
  #sharedBase(): SharedWeights {
    const { base, adapter } = this.#model
    if (adapter !== undefined) return base.hold()
    throw new IcrlError('Weights that learn cannot be shared.', {
      code: 'unsupported',
      remedy: 'Give the policy an adapter, so that its base stays as it is.',
    })
  }

  /**
   * Goes back to the weights of a snapshot, which must be of a policy of the same shape, and begins a
   * new optimizer. The version counts restarts: no two weights have the same.
   */
  restore(snapshot: Snapshot): Promise<void> {
    return this.#withWeights(async () => {
      const weights = learnedWeightsOf(snapshot, this.#model)
      for (const [name, parameter] of this.#own) {
        const copy = keepWeight(weights.get(name)!, 'float32') as Trainable
        assignWeight(copy, parameter)
        disposeWeight(copy)
      }
      this.#dropGradients()
      this.#optimizer.restart(this.#optimizer.restarts + 1)
    })
  }

  /**
   * Writes the model in Hugging Face layout, or the adapter in PEFT's, and the optimizer beside it.
   * A new folder appears whole or not at all; in one that holds files, the weights are written last:
   * they complete it.
   */
  save(directory: string, { optimizer = true }: SaveOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      const metadata = optimizerMetadata(this.#optimizer)
      const { base, adapter } = this.#model
      const options = { tokenizerFrom: this.#options.tokenizerFrom, metadata }
      await writeFolderWhole(directory, async (folder) => {
        if (optimizer) await saveOptimizer(folder, this.#optimizer)
        if (adapter !== undefined) return saveAdapter(folder, adapter, base, options)
        await saveMasters(folder, this.#own, metadata)
        await saveModelFolder(folder, this.config, this.#own, options)
      })
    })
  }

  /**
   * Writes the model in Hugging Face layout with the adapter merged into its matrices
   * (`weight + scale · b · a`), as it is without one. Nothing here changes.
   *
   * @throws IcrlError `write-failed`
   */
  saveMerged(directory: string): Promise<void> {
    return this.#inTurn(() => {
      const { tokenizerFrom } = this.#options
      return saveModel(directory, this.config, mergedSources(this.#model), { tokenizerFrom })
    })
  }

  /**
   * Replaces the weights and the optimizer's state by the folder's. If the folder holds only a
   * model, the optimizer starts anew, as with `restore`.
   */
  load(directory: string): Promise<void> {
    return this.#withWeights(async () => {
      const { parameters, metadata } = await this.#read(directory)
      try {
        for (const [name, parameter] of this.#own)
          requireFit(directory, name, parameter, parameters.get(name))
        await loadOptimizer(directory, this.#optimizer, metadata)
        for (const [name, parameter] of this.#own) assignWeight(parameters.get(name)!, parameter)
        this.#dropGradients()
      } finally {
        for (const loaded of parameters.values()) disposeWeight(loaded)
      }
    })
  }

  /** The parameters of a folder that stand for this policy's own. */
  async #read(directory: string): Promise<{
    readonly parameters: LearningParameters
    readonly metadata: ModelFolder['metadata']
  }> {
    const { base, adapter } = this.#model
    const weights = [...this.#own.values()].some(isSplit) ? 'bf16' : 'float32'
    if (adapter === undefined) return loadTrainable(directory, { weights })
    const loaded = await loadAdapter(directory, this.config, base)
    if (isSameAdapter(loaded.config, adapter.config)) return loaded
    for (const parameter of loaded.parameters.values()) parameter.dispose()
    throw new IcrlError(
      `${join(directory, ADAPTER_CONFIG)}: ${inWords(loaded.config)}; this policy's adapter has ${inWords(adapter.config)}.`,
      { code: 'invalid-shape', remedy: 'Give the policy an `adapter` of the same kind.' },
    )
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
      disposeModel(this.#model)
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
  parameter: Trainable,
  loaded: Trainable | undefined,
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

/** Copies that an update of the originals does not reach. */
function copyOf(parameters: LearningParameters, storage: WeightStorage): Map<string, Weight> {
  return new Map([...parameters].map(([name, weight]) => [name, keepWeight(weight, storage)]))
}

function copyOfAdapter({ config, parameters }: Adapter): Adapter {
  return { config, parameters: copyOf(parameters, 'float32') as Map<string, Variable> }
}

/** @throws IcrlError `unsupported` for a weight that is kept in bf16 without masters */
function trainable(parameters: ReadonlyMap<string, Weight>): LearningParameters {
  const own = new Map<string, Trainable>()
  for (const [name, weight] of parameters) {
    if ('storage' in weight && !isSplit(weight))
      throw new IcrlError(`${name} is kept in ${weight.storage} and cannot be trained.`, {
        code: 'unsupported',
        remedy: 'Give an `adapter`, which leaves it as it is, or split its master (toSplit).',
      })
    own.set(name, weight)
  }
  return own
}

function adapterFrom(
  config: ModelConfig,
  { adapter, tokenizerFrom }: LocalPolicyOptions,
): Adapter | undefined {
  if (adapter === undefined || 'parameters' in adapter) return adapter
  const base = tokenizerFrom === undefined ? undefined : resolve(tokenizerFrom)
  return initializeAdapter(config, { base, ...adapter })
}

function inWords({ rank, alpha, rankStabilized, targets }: AdapterConfig): string {
  return `rank ${rank}, alpha ${alpha}${rankStabilized ? ' (rank-stabilized)' : ''} and targets ${targets.join(', ')}`
}
