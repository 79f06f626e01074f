import * as messages from '../tinker/protocol/messages.ts'
import { readMessage } from '../tinker/protocol/refuse.ts'
import {
  sampleCallFromJson,
  sampleResultToJson,
  sampleResultToProto,
  type SampledModel,
} from '../tinker/protocol/sampling.ts'
import { pathOf } from './checkpoint-store.ts'
import { checkSampleCall, drawSamples } from './draw-samples.ts'
import type { Result } from './futures.ts'
import { notFound, unprocessable } from './request-error.ts'
import type { TinkerState } from './tinker-state.ts'
import { json, submitted, type Call } from './call.ts'

export function samplerId(sessionId: string, count: number): string {
  return `${sessionId}:sample:${count}`
}

export async function createSamplingSession(call: Call): Promise<object> {
  const { state } = call
  const request = readMessage(messages.createSamplingSession, json(call), 'create_sampling_session')
  const { session_id: sessionId, sampling_session_seq_id: count } = request
  state.sessions.get(sessionId)
  const { base_model: base, model_path: path } = request
  if (Boolean(base) === Boolean(path))
    throw unprocessable('create_sampling_session: give one of base_model and model_path.')
  const key = await weightsOf(state, path ? { modelPath: path } : { baseModel: base! })
  const id = samplerId(sessionId, count)
  const { model: baseModel } = state.options
  state.samplers.add({ id, sessionId, baseModel, key, ...(path && { modelPath: path }) })
  return { type: 'create_sampling_session', sampling_session_id: id }
}

export function sampler({ state, at }: Call): object {
  const { id, baseModel, modelPath = null } = state.samplers.get(at.sampler)
  return { sampler_id: id, base_model: baseModel, model_path: modelPath }
}

/** The key of the weights that a client means. @throws RequestError 404, 422 */
async function weightsOf(state: TinkerState, wanted: SampledModel): Promise<string> {
  if ('samplingSessionId' in wanted) {
    const { key, sessionId } = state.samplers.get(wanted.samplingSessionId)
    state.sessions.get(sessionId)
    return key
  }
  if ('baseModel' in wanted) {
    if (wanted.baseModel === state.options.model) return 'base'
    throw notFound(`base_model "${wanted.baseModel}"`)
  }
  const { path, folder } = await state.store.find(wanted.modelPath)
  if (path.kind === 'weights')
    throw unprocessable(`${wanted.modelPath}: sample from what save_weights_for_sampler saved.`)
  const stored = await state.store.readModel(path.modelId)
  state.samplers.define(pathOf(path), () => state.openSampler(folder, stored))
  return pathOf(path)
}

/** What newer clients may ask of a sample, and is not given here. */
const UNSERVED = [
  'topk_prompt_logprobs',
  'topk_sample_logprobs',
  'target_prompt_logprobs',
  'prompt_alt_tokens_k',
  'prompt_logprobs_last_n',
  'record_stability_info',
]

export async function sample(call: Call): Promise<object> {
  const { state } = call
  const body = json(call)
  const unserved = UNSERVED.find((name) => Boolean(body[name]))
  if (unserved !== undefined) throw unprocessable(`asample: ${unserved} is not served here.`)
  const wanted = sampleCallFromJson(body)
  const { tokenizer } = state.options
  const parts = {
    limits: state.options,
    tokenizer,
    anySeed: () => Math.floor(Math.random() * 2 ** 30),
  }
  checkSampleCall(wanted, parts)
  const key = await weightsOf(state, wanted.model)
  const work = async (): Promise<Result> => {
    const result = await state.samplers.use(key, (weights) => drawSamples(weights, wanted, parts))
    return { json: () => sampleResultToJson(result), proto: () => sampleResultToProto(result) }
  }
  const requestId = state.ticket(work)
  // tinker 0.38 wants to know beforehand what it may later call each sequence.
  const names = Array.from({ length: wanted.numSamples }, (_, k) => `${requestId}:${k}`)
  return submitted(requestId, { sample_sequence_ids: names })
}
