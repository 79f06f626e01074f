import { PbfWriter } from 'pbf'
import { z } from 'zod'
import { modelInputFromJson, modelInputJson, modelInputToJson } from './model-input.ts'
import { bytes, integer, readFields } from './proto-fields.ts'
import { malformed, readMessage } from './refuse.ts'
import { floatBytes, floatsFromBytes, integerBytes, integersFromBytes } from './tensor.ts'

/** Where the weights that sample come from: exactly one of these. */
export type SampledModel =
  | { readonly samplingSessionId: string; readonly seqId: number }
  | { readonly modelPath: string }
  | { readonly baseModel: string }

/** A call of `asample`. */
export interface SampleCall {
  readonly model: SampledModel
  readonly prompt: Int32Array
  readonly numSamples: number
  readonly maxTokens: number
  readonly temperature: number
  /** −1: off. */
  readonly topK: number
  /** 1: off. */
  readonly topP: number
  /** Absent: random. Sample k uses `seed + k`. */
  readonly seed?: number
  /** Ids, or texts; absent: nothing ends a sample early, not even an end-of-text id. */
  readonly stop?: readonly number[] | readonly string[]
  readonly promptLogprobs: boolean
}

/** One sampled sequence. */
export interface SampledSequence {
  readonly stopReason: 'stop' | 'length'
  /** `[T]` with the stop id. */
  readonly tokens: Int32Array
  /** `[T]` nats. */
  readonly logprobs?: Float32Array
}

/** What `asample` gives. */
export interface SampleResult {
  readonly sequences: readonly SampledSequence[]
  /** Nats, NaN where there is none; hosted Tinker: one per prompt token, SkyRL: from the second on. */
  readonly promptLogprobs?: Float32Array
}

const sampleCall = z.object({
  num_samples: z.int().min(1).default(1),
  prompt: modelInputJson,
  sampling_params: z.object({
    max_tokens: z.int().min(1),
    seed: z.int().nullish(),
    stop: z.union([z.array(z.int()), z.array(z.string()), z.string()]).nullish(),
    temperature: z.number().min(0).nullish(),
    top_k: z.int().min(-1).nullish(),
    top_p: z.number().gt(0).max(1).nullish(),
  }),
  base_model: z.string().nullish(),
  model_path: z.string().nullish(),
  sampling_session_id: z.string().nullish(),
  seq_id: z.int().min(0).nullish(),
  prompt_logprobs: z.boolean().nullish(),
})

const sampleResult = z.object({
  sequences: z.array(
    z.object({
      stop_reason: z.enum(['stop', 'length']),
      tokens: z.array(z.int().min(0)),
      logprobs: z.array(z.number()).nullish(),
    }),
  ),
  prompt_logprobs: z.array(z.number().nullable()).nullish(),
})

/** The body of `asample`. */
export function sampleCallToJson(call: SampleCall): object {
  const { model, prompt, seed, stop, promptLogprobs } = call
  return {
    ...modelToJson(model),
    num_samples: call.numSamples,
    prompt: modelInputToJson(prompt),
    sampling_params: {
      max_tokens: call.maxTokens,
      temperature: call.temperature,
      top_k: call.topK,
      top_p: call.topP,
      ...(seed !== undefined && { seed }),
      ...(stop !== undefined && { stop }),
    },
    prompt_logprobs: promptLogprobs,
    type: 'sample',
  }
}

function modelToJson(model: SampledModel): object {
  if ('samplingSessionId' in model)
    return { sampling_session_id: model.samplingSessionId, seq_id: model.seqId }
  return 'modelPath' in model ? { model_path: model.modelPath } : { base_model: model.baseModel }
}

/**
 * Reads a body of `asample`.
 *
 * @throws IcrlError `invalid-shape`, `unsupported` for images
 */
export function sampleCallFromJson(body: unknown): SampleCall {
  const message = readMessage(sampleCall, body, 'asample')
  const { sampling_params: params } = message
  const stop = typeof params.stop === 'string' ? [params.stop] : params.stop
  return {
    model: modelFromJson(message),
    prompt: modelInputFromJson(message.prompt),
    numSamples: message.num_samples,
    maxTokens: params.max_tokens,
    temperature: params.temperature ?? 1,
    topK: params.top_k ?? -1,
    topP: params.top_p ?? 1,
    ...(params.seed !== null && params.seed !== undefined && { seed: params.seed }),
    ...(stop && stop.length > 0 && { stop }),
    promptLogprobs: message.prompt_logprobs ?? false,
  }
}

function modelFromJson(message: z.infer<typeof sampleCall>): SampledModel {
  const { sampling_session_id: samplingSessionId, model_path: modelPath } = message
  const { base_model: baseModel, seq_id: seqId } = message
  const given = [samplingSessionId, modelPath, baseModel].filter(Boolean)
  if (given.length !== 1)
    throw malformed(
      'asample: give exactly one of base_model, model_path and sampling_session_id (with seq_id).',
    )
  if (samplingSessionId) return { samplingSessionId, seqId: seqId ?? 0 }
  return modelPath ? { modelPath } : { baseModel: baseModel! }
}

/** A sample's result in JSON: `null` where a prompt's token has no log-probability. */
export function sampleResultToJson({ sequences, promptLogprobs }: SampleResult): object {
  return {
    sequences: sequences.map(({ stopReason, tokens, logprobs }) => ({
      stop_reason: stopReason,
      tokens: Array.from(tokens),
      logprobs: logprobs ? Array.from(logprobs) : null,
    })),
    prompt_logprobs: promptLogprobs
      ? Array.from(promptLogprobs, (value) => (Number.isNaN(value) ? null : value))
      : null,
    type: 'sample',
  }
}

/** @throws IcrlError `invalid-shape` */
export function sampleResultFromJson(body: unknown): SampleResult {
  const message = readMessage(sampleResult, body, 'result of a sample')
  return {
    sequences: message.sequences.map(({ stop_reason, tokens, logprobs }) => ({
      stopReason: stop_reason,
      tokens: Int32Array.from(tokens),
      ...(logprobs && { logprobs: Float32Array.from(logprobs) }),
    })),
    ...(message.prompt_logprobs && {
      promptLogprobs: Float32Array.from(message.prompt_logprobs, (value) => value ?? Number.NaN),
    }),
  }
}

/** A sample's result as `tinker_public.SampleResponse`. */
export function sampleResultToProto({ sequences, promptLogprobs }: SampleResult): Uint8Array {
  const writer = new PbfWriter()
  for (const sequence of sequences) writer.writeMessage(1, writeSequence, sequence)
  if (promptLogprobs) writer.writeBytesField(2, floatBytes(promptLogprobs))
  return writer.finish()
}

function writeSequence({ stopReason, tokens, logprobs }: SampledSequence, writer: PbfWriter): void {
  if (stopReason === 'length') writer.writeVarintField(1, 1)
  writer.writeBytesField(2, integerBytes(tokens))
  if (logprobs) writer.writeBytesField(3, floatBytes(logprobs))
}

/** @throws IcrlError `invalid-shape` */
export function sampleResultFromProto(body: Uint8Array): SampleResult {
  const sequences: SampledSequence[] = []
  let promptLogprobs: Float32Array | undefined
  readFields(body, 'SampleResponse', {
    1: bytes((value) => sequences.push(readSequence(value))),
    2: bytes((value) => (promptLogprobs = floatsFromBytes(value))),
  })
  return { sequences, ...(promptLogprobs && { promptLogprobs }) }
}

function readSequence(message: Uint8Array): SampledSequence {
  let reason = 0
  let tokens: Int32Array = new Int32Array()
  let logprobs: Float32Array | undefined
  readFields(message, 'SampledSequence', {
    1: integer((value) => (reason = value)),
    2: bytes((value) => (tokens = integersFromBytes(value))),
    3: bytes((value) => (logprobs = floatsFromBytes(value))),
  })
  if (reason !== 0 && reason !== 1) throw malformed(`a sequence's stop_reason is ${reason}.`)
  return { stopReason: reason === 0 ? 'stop' : 'length', tokens, ...(logprobs && { logprobs }) }
}
