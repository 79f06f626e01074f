import type { Message, MessagePart, Tool } from './message.ts'
import type { RandomStream } from './random.ts'
import type { TurnSubject } from './session.ts'

/**
 * What a policy can do beyond the interface:
 * `exact` — sampled, scored and training log-probabilities of the same weights are the same bits;
 * `temperature` — it samples, scores and trains at temperatures other than 1; `entropy` — `score` and
 * `accumulate` can report it; `entropy-gradient` — slopes may have `entropy`; `self-certainty` —
 * `score` can report it; `snapshot` — `snapshot()` works; `restore` — `restore` works; `save` —
 * `save` and `load` work; `other-sampler` — what samples is another engine than what scores and
 * learns, so that a run needs a correction.
 */
export type Capability =
  | 'exact'
  | 'temperature'
  | 'entropy'
  | 'entropy-gradient'
  | 'self-certainty'
  | 'snapshot'
  | 'restore'
  | 'save'
  | 'other-sampler'

/** One generation to sample. */
export interface SampleRequest {
  /** `[P]` ids that are continued. */
  readonly prompt: Int32Array
  /** At most this many new tokens, 1 or more. */
  readonly maxTokens: number
  /** Softmax temperature; 0 takes the most likely token. */
  readonly temperature: number
  /** Nucleus mass in (0, 1]. Training needs 1. @defaultValue 1, off */
  readonly topP?: number
  /** Sample among the k most likely tokens. Training needs 0. @defaultValue 0, off */
  readonly topK?: number
  /** `[ids]` the generation ends at the first of these ids, and keeps it. */
  readonly stop: readonly number[]
  /**
   * The draws of this generation: token t uses `draws.uniform(t)`. An engine that takes only a seed
   * makes it from `draws.integer(0, 2 ** 31)`.
   */
  readonly draws: RandomStream
  /**
   * Called with each token in order, as early as the engine knows it.
   *
   * @defaultValue nobody is told
   */
  readonly onToken?: (token: number, logprob: number) => void
}

/** What a {@link Sampler} drew for one request. T is the length of `tokens`. */
export interface Generation {
  /** `[T]` new ids, with the stop id if one ended the generation. */
  readonly tokens: Int32Array
  /** `[T]` nats, of the temperature-scaled full softmax (temperature 0: of temperature 1). */
  readonly logprobs: Float32Array
  /** Why it ended: a stop token, its limit, or stopped from outside. */
  readonly finish: 'stop' | 'length' | 'aborted'
  /** The weights that produced it. */
  readonly version: string
}

/**
 * Draws tokens. One request per call: an engine merges all calls in flight into its batch. One that
 * cannot tell tokens before a generation has ended never calls `onToken`.
 */
export interface Sampler {
  /** Draws one generation; `signal` ends it early. */
  sample(request: SampleRequest, signal?: AbortSignal): Promise<Generation>
}

/** One response to score under one prompt. T is the length of `response`. */
export interface ScoreItem {
  /** `[P]` ids before the ones that are scored. */
  readonly prompt: Int32Array
  /** `[T]` */
  readonly response: Int32Array
  /** `[T]` 0: the position is not scored. @defaultValue all are */
  readonly mask?: Uint8Array
  /** Above 0. */
  readonly temperature: number
}

/** Per-token figures of one response, 0 where its mask is 0. */
export interface TokenScores {
  /** `[T]` nats, of the temperature-scaled full softmax. */
  readonly logprobs: Float32Array
  /** `[T]` nats. */
  readonly entropy?: Float32Array
  /** `[T]` KL from the uniform distribution to the softmax, nats. */
  readonly selfCertainty?: Float32Array
}

/** Figures wanted besides log-probabilities, if the policy has the capability. */
export interface ScoreOptions {
  /** Whether entropies are computed too. @defaultValue false */
  readonly entropy?: boolean
  /** Whether self-certainty is computed too. @defaultValue false */
  readonly selfCertainty?: boolean
}

/** Gives the log-probabilities of given tokens under given prompts. */
export interface Scorer {
  /** Scores responses; results are in the order of the items. */
  score(items: readonly ScoreItem[], want?: ScoreOptions): Promise<TokenScores[]>
}

/** One response to learn from: its pass gives log-probabilities, and takes their slopes back. */
export interface PassItem extends ScoreItem {
  /**
   * Items of one unit have their slopes computed together (a preference pair, say).
   *
   * @defaultValue the item is a unit of its own
   */
  readonly unit?: string
  /**
   * True: all slopes of the item are 0, as is known beforehand (its advantages are). Only its scores
   * are wanted, and a policy may leave out its backward pass.
   */
  readonly scoreOnly?: boolean
}

/** The loss's derivatives by what a pass computed for one item. T is its response's length. */
export interface TokenSlopes {
  /** `[T]` ∂L/∂logprob; positions of mask 0 are not read. */
  readonly logprobs: Float32Array
  /** `[T]` ∂L/∂entropy. Allowed only where `entropySlopes` was asked for. @defaultValue 0 */
  readonly entropy?: Float32Array
}

/**
 * Gives the slopes of some items, from the scores that a pass found for them. It is called
 * synchronously, with whole units, each index exactly once; `indices` are places in the list given
 * to `accumulate`, and `scores` are in the order of `indices`.
 */
export type LossSlopes = (
  indices: readonly number[],
  scores: readonly TokenScores[],
) => readonly TokenSlopes[]

/** Figures wanted of a training pass. */
export interface PassOptions extends ScoreOptions {
  /**
   * True: the slopes may have `entropy`. Needs the capability `entropy-gradient`.
   *
   * @defaultValue false
   */
  readonly entropySlopes?: boolean
}

/** How one optimizer step is made. */
export interface StepOptions {
  /** Of this update. */
  readonly learningRate: number
  /** Global gradient norm above which the gradient is scaled down. @defaultValue never scaled */
  readonly clipNorm?: number
}

/** What `Policy.save` writes. */
export interface SaveOptions {
  /** False: the weights alone, so that `load` begins with a fresh optimizer. @defaultValue true */
  readonly optimizer?: boolean
}

/** What one optimizer step did. */
export interface StepStats {
  /** Global L2 norm before clipping, if the engine reports it. */
  readonly gradientNorm?: number
  /** Version of the weights after the step. */
  readonly version: string
  /**
   * The most memory that tensors took at once since the step before, if the engine knows it. It
   * depends on the machine, so it is kept out of the metrics.
   */
  readonly peakBytes?: number
}

/**
 * Samples and scores with weights that never change, until it is disposed of. Disposing of it again
 * does nothing.
 */
export type Snapshot = Sampler & Scorer & AsyncDisposable

/**
 * A model that samples, scores and learns. Every log-probability it takes or gives is of the
 * temperature-scaled full softmax.
 */
export interface Policy extends Sampler, Scorer {
  /** What it can do beyond sampling. */
  readonly capabilities: ReadonlySet<Capability>
  /** Version of the current weights. */
  readonly version: string
  /**
   * Adds the gradient of a loss to what is accumulated. The engine cuts the items into passes that
   * fit its memory, asks `slopes` for the derivatives of each whole unit, and back-propagates them:
   * it knows no objective. Returns what it computed, in the order of the items.
   *
   * If `slopes` throws, or answers values of another length or that are not finite, nothing stays
   * accumulated and that error rejects.
   *
   * @throws `unsupported`, before the first pass, if `entropySlopes` or another figure is wanted
   * without its capability
   */
  accumulate(
    items: readonly PassItem[],
    slopes: LossSlopes,
    want?: PassOptions,
  ): Promise<TokenScores[]>
  /**
   * Applies and clears the accumulated gradient. A non-finite gradient throws `non-finite` and
   * changes no weight.
   */
  step(options: StepOptions): Promise<StepStats>
  /** The current weights, kept for sampling and scoring. */
  snapshot(): Promise<Snapshot>
  /**
   * Goes back to the weights of a snapshot that this policy, or one of the same shape, made; the
   * optimizer starts anew, and `version` becomes one that this policy has not had before. Present with the capability `restore`.
   *
   * @throws `unsupported` for a snapshot that does not hold the weights as they were (a compressed
   * one), `invalid-shape` for one of another model
   */
  restore?(snapshot: Snapshot): Promise<void>
  /** Writes the weights and, unless told otherwise, the optimizer's state. */
  save(directory: string, options?: SaveOptions): Promise<void>
  /**
   * Reads what `save` wrote. Of weights alone the optimizer starts anew, and `version` becomes one
   * that this policy has not had before.
   */
  load(directory: string): Promise<void>
}

/** Limits and softmax of one answer. */
export interface CompletionOptions {
  /** Most tokens of the answer. @defaultValue the endpoint's */
  readonly maxTokens?: number
  /** Divides the logits; 0 takes the likeliest token. @defaultValue the endpoint's */
  readonly temperature?: number
  /** Samples among the likeliest tokens of this probability. @defaultValue the endpoint's */
  readonly topP?: number
  /** Texts that end the answer. @defaultValue none */
  readonly stop?: readonly string[]
  /** Of the endpoint's draws, where it has one. @defaultValue none */
  readonly seed?: number
  /** Tools that may be called. @defaultValue none */
  readonly tools?: readonly Tool[]
  /**
   * What a session's turn is about, for a generator that is a script; endpoints are not sent it.
   *
   * @defaultValue not said
   */
  readonly about?: TurnSubject
  /** Ends it early. @defaultValue none */
  readonly signal?: AbortSignal
}

/** What an endpoint answered. */
export interface Completion {
  /** What the model said. */
  readonly text: string
  /** Why it ended: by itself, at its limit, or stopped from outside. */
  readonly finish: 'stop' | 'length' | 'aborted'
  /**
   * Reasoning, text and tool calls, if the endpoint tells them apart.
   *
   * @defaultValue the text alone
   */
  readonly parts?: readonly MessagePart[]
  /** Tokens generated, as the endpoint counts them. */
  readonly tokens?: number
}

/** Any endpoint that answers messages with text; never trained. */
export interface TextGenerator {
  /** Writes the next message of the conversation. */
  complete(messages: readonly Message[], options?: CompletionOptions): Promise<Completion>
}
