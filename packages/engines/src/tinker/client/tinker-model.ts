import { IcrlError, isIcrlError, type SampleRequest } from '@icrl/core'
import {
  type AdamParams,
  type LoraJson,
  modelCreated,
  modelInfo,
  optimStepped,
  weightsSaved,
} from '../protocol/messages.ts'
import {
  type Datum,
  type PassRequest,
  passRequestToJson,
  type PassResult,
  passResultFromJson,
} from '../protocol/pass.ts'
import { passRequestToProto, passResultFromProto } from '../protocol/pass-proto.ts'
import { malformed, readMessage } from '../protocol/refuse.ts'
import {
  type SampledSequence,
  sampleCallToJson,
  type SampleResult,
  sampleResultFromJson,
  sampleResultFromProto,
} from '../protocol/sampling.ts'
import { readWeightsPath } from '../protocol/weights-path.ts'
import type { TinkerCapabilities } from './capabilities.ts'
import type { Pending } from './futures.ts'
import { jsonOf, type TinkerSession } from './tinker-session.ts'
import { type Answer, Refusal } from './transport.ts'
import { deadlineIn } from './wait.ts'

/** How a server treats training calls. */
export type CallRules = Pick<TinkerCapabilities, 'wire' | 'deduplicates'>

/** What model to make: LoRA of this rank over a base model. */
export interface NewModel {
  readonly base: string
  readonly rank: number
  readonly seed: number
}

/** Datums in one request; the rest goes into further ones, which the server adds up. */
const DATUMS_PER_REQUEST = 64

/** One model on a server: its calls, in the order in which they are made. */
export class TinkerModel {
  readonly id: string
  readonly lora: LoraJson
  readonly #session: TinkerSession
  readonly #rules: CallRules
  /** Number of the last training call; the first is 1. */
  #calls = 0
  /** The sampling session of the weights as they are. */
  #published: Promise<string> | undefined
  #samples = 0

  private constructor(session: TinkerSession, rules: CallRules, id: string, lora: LoraJson) {
    this.#session = session
    this.#rules = rules
    this.id = id
    this.lora = lora
  }

  /** @throws IcrlError `unsupported` if the server made another model than was asked for */
  static async create(
    session: TinkerSession,
    { base, rank, seed }: NewModel,
    rules: CallRules,
  ): Promise<TinkerModel> {
    const { futures, transport, id: session_id } = session
    const lora = { rank, seed, train_attn: true, train_mlp: true, train_unembed: false }
    const request = { session_id, model_seq_id: session.nextModel(), base_model: base }
    const pending = await futures.submit(
      '/create_model',
      { ...request, lora_config: lora, type: 'create_model' },
      'create_model',
      false,
    )
    const made = await futures.result(pending, (answer) =>
      readMessage(modelCreated, jsonOf(answer, 'create_model'), 'create_model'),
    )
    const deadline = deadlineIn(60_000, 'get_info')
    const info = readMessage(
      modelInfo,
      jsonOf(
        await transport.post(
          '/get_info',
          { model_id: made.model_id },
          { deadline, repeatable: true },
        ),
        'get_info',
      ),
      'get_info',
    ).model_data
    const named = made.base_model ?? info.base_model ?? info.model_name
    const got = made.lora_config ?? info.lora_config
    if ((named && named !== base) || (got && got.rank !== rank))
      throw new IcrlError(
        `the server made a model of ${named} with rank ${got?.rank}, not of ${base} with rank ${rank}.`,
        { code: 'unsupported', remedy: 'Ask for a model and a rank that the server has.' },
      )
    return new TinkerModel(session, rules, made.model_id, got ?? { rank })
  }

  /** `[T]` log-probabilities of the targets of each datum, by the weights as they are. */
  async forward(data: readonly Datum[]): Promise<Float32Array[]> {
    const pending = await this.#submitPasses(data, 'cross_entropy', true)
    return this.#logprobsOf(data, pending)
  }

  /**
   * Adds the gradient of importance sampling over these datums, makes a step, and reports the
   * gradient's norm if the server does. The step is submitted when the pass is done: SkyRL looks for
   * passes first and for steps afterwards, so that a step on its heels can overtake it.
   *
   * @returns also the log-probabilities that the pass found
   */
  async train(
    data: readonly Datum[],
    adam: AdamParams,
  ): Promise<{ readonly logprobs: readonly Float32Array[]; readonly norm: number | undefined }> {
    const passes = await this.#submitPasses(data, 'importance_sampling', false)
    const logprobs = await this.#logprobsOf(data, passes)
    const step = await this.#submit('/optim_step', { adam_params: adam }, 'optim_step')
    this.#published = undefined
    const { metrics } = await this.#session.futures.result(step, (answer) =>
      readMessage(optimStepped, jsonOf(answer, 'optim_step'), 'optim_step'),
    )
    return { logprobs, norm: normOf(metrics ?? {}) }
  }

  /** Keeps weights and optimizer on the server: the path to load them by. */
  async save(): Promise<string> {
    const saved = await this.#saved(() => ['/save_weights', { path: newName() }])
    if (!saved.path) throw malformed('save_weights: there is no path.')
    return saved.path
  }

  /** The adapter as the server packs it: a compressed tar of a PEFT folder. */
  async archive(): Promise<Uint8Array> {
    const saved = await this.#saved(() => ['/save_weights_for_sampler', { path: newName() }])
    const name = readWeightsPath(saved.path ?? '')?.name
    if (name === undefined) throw malformed(`save_weights_for_sampler: the path is ${saved.path}.`)
    const deadline = deadlineIn(600_000, 'archive')
    const path = `/training_runs/${this.id}/checkpoints/${name}/archive`
    return this.#session.transport.getBytes(path, { deadline, repeatable: true })
  }

  /** Puts saved weights in this model's place. It must be the first thing that is asked of it. */
  async load(path: string, optimizer: boolean): Promise<void> {
    const pending = await this.#submit('/load_weights', { path, optimizer }, 'load_weights')
    await this.#session.futures.result(pending, (answer) => jsonOf(answer, 'load_weights'))
  }

  /** Samples with the weights as they are; the first call after a change publishes them. */
  async sample(request: SampleRequest): Promise<SampledSequence> {
    this.#published ??= this.#publish()
    const published = this.#published
    const samplingSessionId = await published.catch((error: unknown) => {
      if (this.#published === published) this.#published = undefined
      throw error
    })
    const { prompt, maxTokens, temperature, topP = 1, topK = 0, stop, draws } = request
    const body = sampleCallToJson({
      model: { samplingSessionId, seqId: this.#samples++ },
      prompt,
      numSamples: 1,
      maxTokens,
      temperature,
      topP,
      topK: topK === 0 ? -1 : topK,
      seed: draws.integer(0, 2 ** 31 - 1),
      ...(stop.length > 0 && { stop }),
      promptLogprobs: false,
    })
    const { futures } = this.#session
    // To draw the same seed twice trains nothing: it may be repeated.
    const pending = await futures.submit('/asample', body, 'sample', true)
    const { sequences } = await futures.result(pending, readSample)
    if (sequences.length !== 1)
      throw malformed(`sample: ${sequences.length} sequences, for one that was asked for.`)
    return sequences[0]
  }

  /** Frees its place on the server; a model that the server no longer has needs nothing. */
  async unload(): Promise<void> {
    const { futures } = this.#session
    try {
      const pending = await futures.submit(
        '/unload_model',
        { model_id: this.id, type: 'unload_model' },
        'unload_model',
        true,
      )
      await futures.result(pending, (answer) => jsonOf(answer, 'unload_model'))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }

  #publish(): Promise<string> {
    return this.#saved(() => [
      '/save_weights_for_sampler',
      { sampling_session_seq_id: this.#session.nextSampler() },
    ]).then(({ sampling_session_id: id, path }) => {
      if (id) return id
      throw malformed(`save_weights_for_sampler: no sampling session, but ${path}.`)
    })
  }

  /** Saves; where it is not known whether that was done, again under another name. */
  async #saved(
    call: () => [string, object],
  ): Promise<{ path?: string | null; sampling_session_id?: string | null }> {
    for (let tries = 1; ; tries++) {
      const [path, body] = call()
      const what = path.slice(1)
      try {
        const pending = await this.#submit(path, { ...body, type: what }, what)
        return await this.#session.futures.result(pending, (answer) =>
          readMessage(weightsSaved, jsonOf(answer, what), what),
        )
      } catch (error) {
        const isUnclear = isIcrlError(error, 'unavailable') && !(error instanceof Refusal)
        if (!isUnclear || tries === 3) throw error
      }
    }
  }

  #submit(path: string, body: object, what: string): Promise<Pending> {
    this.#session.check()
    const request = { model_id: this.id, seq_id: ++this.#calls, ...body }
    return this.#session.futures.submit(path, request, what, false)
  }

  async #submitPasses(
    data: readonly Datum[],
    lossFn: string,
    forwardOnly: boolean,
  ): Promise<Pending[]> {
    this.#session.check()
    const pending: Pending[] = []
    for (let at = 0; at < data.length; at += DATUMS_PER_REQUEST) {
      const request: PassRequest = {
        modelId: this.id,
        seqId: ++this.#calls,
        data: data.slice(at, at + DATUMS_PER_REQUEST),
        lossFn,
        forwardOnly,
      }
      const isJson = this.#rules.wire === 'json'
      const path = isJson && forwardOnly ? '/forward' : '/forward_backward'
      const body = isJson ? passRequestToJson(request) : passRequestToProto(request)
      const what = forwardOnly ? 'forward' : 'forward_backward'
      const isRepeatable = forwardOnly || this.#rules.deduplicates
      pending.push(await this.#session.futures.submit(path, body, what, isRepeatable))
    }
    return pending
  }

  async #logprobsOf(data: readonly Datum[], pending: readonly Pending[]): Promise<Float32Array[]> {
    const results = await Promise.all(
      pending.map((one) => this.#session.futures.result(one, readPass)),
    )
    const outputs = results.flatMap((result) => result.outputs)
    if (outputs.length !== data.length)
      throw malformed(`a pass of ${data.length} datums has ${outputs.length} results.`)
    return outputs.map(({ logprobs }, i) => {
      const length = data[i].tokens.length
      if (logprobs?.data.length !== length)
        throw malformed(
          `datum ${i} of a pass: ${logprobs?.data.length ?? 'no'} log-probabilities for ${length} tokens.`,
        )
      return checkLogprobs(Float32Array.from(logprobs.data), `datum ${i} of a pass`)
    })
  }
}

/** @throws IcrlError `non-finite` for a value that is none of a probability */
export function checkLogprobs(values: Float32Array, where: string): Float32Array {
  const wrong = values.findIndex((value) => !(Number.isFinite(value) && value <= 1e-3))
  if (wrong < 0) return values.map((value) => Math.min(0, value))
  throw new IcrlError(`${where}: log-probability ${wrong} is ${values[wrong]}.`, {
    code: 'non-finite',
    remedy:
      'The model on the server is broken. Resume from the last checkpoint with a lower learning rate.',
    triedEnough: true,
  })
}

const readPass = (answer: Answer): PassResult =>
  'json' in answer ? passResultFromJson(answer.json) : passResultFromProto(answer.protobuf)

const readSample = (answer: Answer): SampleResult =>
  'json' in answer ? sampleResultFromJson(answer.json) : sampleResultFromProto(answer.protobuf)

/** The gradient's norm: SkyRL prefixes its metrics. */
function normOf(metrics: Readonly<Record<string, number | null>>): number | undefined {
  const name = Object.keys(metrics).find((key) => /(^|\/)grad_norm$/.test(key))
  return name === undefined ? undefined : (metrics[name] ?? undefined)
}

/** Servers refuse a name twice, and have no overwriting. */
function newName(): string {
  return `icrl-${crypto.randomUUID()}`
}
