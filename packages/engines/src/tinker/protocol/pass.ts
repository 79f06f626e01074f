import { z } from 'zod'
import { modelInputFromJson, modelInputJson, modelInputToJson } from './model-input.ts'
import type { ModelInputJson } from './model-input.ts'
import { malformed, readMessage } from './refuse.ts'
import { tensorFromJson, tensorJson, tensorToJson } from './tensor.ts'
import type { Tensor, TensorJson } from './tensor.ts'

/**
 * One sequence of a pass. For a sequence s, `tokens` is s without its last token, and entry i of
 * every input is about s[i + 1]: `target_tokens` is s without its first.
 */
export interface Datum {
  /** `[T]` ids. */
  readonly tokens: Int32Array
  /** `target_tokens`, and what the loss needs: `weights`, `logprobs`, `advantages`; each `[T]`. */
  readonly inputs: Readonly<Record<string, Tensor>>
}

/** A call of `forward_backward`, or of `forward`. */
export interface PassRequest {
  readonly modelId: string
  /** Counts a model's training calls from 1; absent where the client does not count. */
  readonly seqId?: number
  readonly data: readonly Datum[]
  readonly lossFn: string
  readonly lossFnConfig?: Readonly<Record<string, number>>
  /** True: log-probabilities and losses alone, no gradient. */
  readonly forwardOnly: boolean
}

/** What a pass computed: per datum `logprobs` and `elementwise_loss`, each `[T]`. */
export interface PassResult {
  readonly outputType: string
  readonly outputs: readonly Readonly<Record<string, Tensor>>[]
  readonly metrics: Readonly<Record<string, number>>
}

interface PassInputJson {
  readonly data: readonly {
    readonly model_input: ModelInputJson
    readonly loss_fn_inputs: Readonly<Record<string, TensorJson>>
  }[]
  readonly loss_fn: string
  readonly loss_fn_config?: Readonly<Record<string, number>> | null
}

const passInput: z.ZodType<PassInputJson> = z.object({
  data: z.array(
    z.object({
      model_input: modelInputJson,
      loss_fn_inputs: z.record(z.string(), tensorJson),
    }),
  ),
  loss_fn: z.string(),
  loss_fn_config: z.record(z.string(), z.number()).nullish(),
})

const passRequest = z.object({
  model_id: z.string(),
  seq_id: z.int().min(0).nullish(),
  forward_input: passInput.optional(),
  forward_backward_input: passInput.optional(),
})

const passResult = z.object({
  loss_fn_output_type: z.string().default(''),
  loss_fn_outputs: z.array(z.record(z.string(), tensorJson)),
  metrics: z.record(z.string(), z.number()).nullish(),
})

/** The kind of an input where JSON does not say it: whole advantages are floats all the same. */
const kindOf = (name: string): 'float32' | 'int64' =>
  name === 'target_tokens' ? 'int64' : 'float32'

const mapValues = <From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From, name: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]))

/** The body of `forward_backward` or, with `forwardOnly`, of `forward`. */
export function passRequestToJson(request: PassRequest): object {
  const { modelId, seqId, data, lossFn, lossFnConfig, forwardOnly } = request
  const input: PassInputJson = {
    data: data.map(({ tokens, inputs }) => ({
      model_input: modelInputToJson(tokens),
      loss_fn_inputs: mapValues(inputs, tensorToJson),
    })),
    loss_fn: lossFn,
    ...(lossFnConfig && { loss_fn_config: lossFnConfig }),
  }
  return {
    model_id: modelId,
    ...(seqId !== undefined && { seq_id: seqId }),
    [forwardOnly ? 'forward_input' : 'forward_backward_input']: input,
  }
}

/**
 * Reads a body of `forward_backward` or `forward`.
 *
 * @throws IcrlError `invalid-shape`, `unsupported` for images
 */
export function passRequestFromJson(body: unknown): PassRequest {
  const message = readMessage(passRequest, body, 'forward_backward')
  const { forward_input: forward, forward_backward_input: backward } = message
  const input = forward ?? backward
  if (!input) throw malformed('forward_backward: there is no forward_backward_input.')
  return {
    modelId: message.model_id,
    ...(message.seq_id ? { seqId: message.seq_id } : undefined),
    data: input.data.map((datum) => ({
      tokens: modelInputFromJson(datum.model_input),
      inputs: mapValues(datum.loss_fn_inputs, (tensor, name) =>
        tensorFromJson(tensor, kindOf(name)),
      ),
    })),
    lossFn: input.loss_fn,
    ...(input.loss_fn_config ? { lossFnConfig: input.loss_fn_config } : undefined),
    forwardOnly: forward !== undefined,
  }
}

/** @throws IcrlError `non-finite` */
export function passResultToJson({ outputType, outputs, metrics }: PassResult): object {
  return {
    loss_fn_output_type: outputType,
    loss_fn_outputs: outputs.map((output) => mapValues(output, tensorToJson)),
    metrics,
  }
}

/** @throws IcrlError `invalid-shape` */
export function passResultFromJson(body: unknown): PassResult {
  const message = readMessage(passResult, body, 'result of a pass')
  return {
    outputType: message.loss_fn_output_type,
    outputs: message.loss_fn_outputs.map((output) =>
      mapValues(output, (tensor, name) => tensorFromJson(tensor, kindOf(name))),
    ),
    metrics: message.metrics ?? {},
  }
}
