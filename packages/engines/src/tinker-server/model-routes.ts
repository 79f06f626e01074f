import * as messages from '../tinker/protocol/messages.ts'
import { PROTOBUF, passRequestFromProto, passResultToProto } from '../tinker/protocol/pass-proto.ts'
import { passRequestFromJson, passResultToJson, type PassRequest } from '../tinker/protocol/pass.ts'
import { readMessage } from '../tinker/protocol/refuse.ts'
import type { WeightsPath } from '../tinker/protocol/weights-path.ts'
import { checkedData } from './checked-data.ts'
import { pathOf } from './checkpoint-store.ts'
import type { Result } from './futures.ts'
import { RequestError, unprocessable } from './request-error.ts'
import type { TrainedModel } from './trained-model.ts'
import { lossNamed } from './token-losses.ts'
import { json, once, small, submitted, type Call } from './call.ts'
import { samplerId } from './sampling-routes.ts'

/** The number of the call that makes a model: those of training begin with 0 or 1. */
const CREATION = -1

export async function createModel(call: Call): Promise<object> {
  const { state } = call
  const request = readMessage(messages.createModel, json(call), 'create_model')
  const session = state.sessions.get(request.session_id)
  const known = state.models.get(`${session.id}:train:${request.model_seq_id}`)
  const model = known ?? (await state.create(session, request))
  const { id, lora } = model.record
  const created = { model_id: id, base_model: request.base_model, lora_config: lora }
  return once(
    call,
    model,
    CREATION,
    async () => small({ ...created, type: 'create_model' }),
    created,
  )
}

export async function info(call: Call): Promise<object> {
  const { model_id: id } = readMessage(messages.ofModel, json(call), 'get_info')
  const { record } = call.state.model(id)
  const { model, tokenizerId = model } = call.state.options
  return {
    type: 'get_info',
    model_id: id,
    status: 'created',
    is_lora: record.lora.rank > 0,
    lora_rank: record.lora.rank,
    model_name: model,
    model_data: {
      base_model: model,
      lora_config: record.lora,
      model_name: model,
      tokenizer_id: tokenizerId,
    },
  }
}

function passOf(call: Call): PassRequest {
  const type = call.request.headers.get('content-type') ?? ''
  return type.startsWith(PROTOBUF)
    ? passRequestFromProto(call.body)
    : passRequestFromJson(json(call))
}

export function pass(call: Call): object {
  const { modelId, seqId, data, lossFn, lossFnConfig, forwardOnly } = passOf(call)
  const { state } = call
  const model = state.model(modelId)
  const { needs, loss } = lossNamed(lossFn, lossFnConfig)
  const checked = { data: checkedData(data, needs, state.options), loss, forwardOnly }
  return once(call, model, seqId, async () => {
    const result = await model.pass(checked)
    return { json: () => passResultToJson(result), proto: () => passResultToProto(result) }
  })
}

export function optimStep(call: Call): object {
  const request = readMessage(messages.optimStep, json(call), 'optim_step')
  const model = call.state.model(request.model_id)
  return once(call, model, request.seq_id, async () =>
    small({ metrics: await model.step(request.adam_params), type: 'optim_step' }),
  )
}

async function save(
  { state }: Call,
  model: TrainedModel,
  path: WeightsPath,
  overwrite: boolean,
): Promise<string> {
  await model.save(() => state.store.prepare(path, overwrite), path.kind === 'weights')
  await state.samplers.remove(pathOf(path))
  return pathOf(path)
}

export function saveWeights(call: Call): object {
  const body = json(call)
  const {
    model_id: id,
    path: name,
    seq_id: seqId,
  } = readMessage(messages.saveWeights, body, 'save_weights')
  const model = call.state.model(id)
  const path: WeightsPath = { modelId: id, kind: 'weights', name }
  return once(call, model, seqId, async () =>
    small({ path: await save(call, model, path, body.overwrite === true), type: 'save_weights' }),
  )
}

export function saveForSampler(call: Call): object {
  const body = json(call)
  const request = readMessage(messages.saveForSampler, body, 'save_weights_for_sampler')
  const { model_id: id, path: name, seq_id: seqId, sampling_session_seq_id: count } = request
  const { state } = call
  const model = state.model(id)
  const type = 'save_weights_for_sampler'
  if (name) {
    const path: WeightsPath = { modelId: id, kind: 'sampler_weights', name }
    return once(call, model, seqId, async () =>
      small({
        path: await save(call, model, path, body.overwrite === true),
        sampling_session_id: null,
        type,
      }),
    )
  }
  const { sessionId } = model.record
  const sampler = samplerId(sessionId, count ?? seqId ?? 0)
  if (state.samplers.has(sampler) && seqId === undefined)
    throw new RequestError(400, `The sampling session ${sampler} is there already.`)
  return once(call, model, seqId, async () => {
    const key = `weights of ${sampler}`
    await state.samplers.hold(key, await model.snapshot())
    const { model: baseModel } = state.options
    state.samplers.add({ id: sampler, sessionId, baseModel, key })
    return small({ path: null, sampling_session_id: sampler, type })
  })
}

export function loadWeights(call: Call): object | Promise<object> {
  const body = json(call)
  if (body.model_id === undefined || body.model_id === null) return createByLoading(call, body)
  const request = readMessage(messages.loadWeights, body, 'load_weights')
  const model = call.state.model(request.model_id)
  return once(call, model, request.seq_id, () =>
    load(call, model, request.path, request.optimizer !== false),
  )
}

async function load(
  { state }: Call,
  model: TrainedModel,
  from: string,
  optimizer: boolean,
): Promise<Result> {
  await model.load(async () => (await state.store.find(from)).folder, optimizer)
  return small({ path: from, model_id: model.record.id, type: 'load_weights' })
}

/** A new model with the weights of a checkpoint, as tinker 0.38 asks for it. */
async function createByLoading(call: Call, body: Record<string, unknown>): Promise<object> {
  const { state } = call
  const { path: from } = body
  if (typeof from !== 'string') throw unprocessable('load_weights, path: expected a text.')
  const { path } = await state.store.find(from)
  const { base_model: base, lora_config: lora } = await state.store.readModel(path.modelId)
  const request = readMessage(
    messages.createModel,
    { base_model: base, ...body, lora_config: lora },
    'load_weights',
  )
  const session = state.sessions.get(request.session_id)
  const known = state.models.get(`${session.id}:train:${request.model_seq_id}`)
  const model = known ?? (await state.create(session, request))
  return once(call, model, CREATION, () => load(call, model, from, body.optimizer !== false))
}

export async function unload(call: Call): Promise<object> {
  const { model_id: id } = readMessage(messages.ofModel, json(call), 'unload_model')
  const { state } = call
  const model = state.model(id)
  const requestId = state.ticket(async () => {
    await state.unload(model)
    return small({ model_id: id, status: 'unloaded', type: 'unload_model' })
  })
  return submitted(requestId, { model_id: id })
}
