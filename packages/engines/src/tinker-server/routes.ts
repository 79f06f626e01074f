import * as messages from '../tinker/protocol/messages.ts'
import { PROTOBUF, passRequestFromProto, passResultToProto } from '../tinker/protocol/pass-proto.ts'
import { passRequestFromJson, passResultToJson, type PassRequest } from '../tinker/protocol/pass.ts'
import { readMessage } from '../tinker/protocol/refuse.ts'
import {
  sampleCallFromJson,
  sampleResultToJson,
  sampleResultToProto,
  type SampledModel,
} from '../tinker/protocol/sampling.ts'
import { readWeightsPath, type WeightsPath } from '../tinker/protocol/weights-path.ts'
import { checkedData } from './checked-data.ts'
import { pathOf, type StoredModel } from './checkpoint-store.ts'
import { checkSampleCall, drawSamples } from './draw-samples.ts'
import { isFailure, PENDING, type Result } from './futures.ts'
import { notFound, RequestError, unprocessable } from './request-error.ts'
import type { TinkerState } from './tinker-state.ts'
import type { TrainedModel } from './trained-model.ts'
import { lossNamed } from './token-losses.ts'

/** A request, as a route sees it. */
interface Call {
  readonly state: TinkerState
  readonly request: Request
  readonly url: URL
  /** What stands in the path for `:name`. */
  readonly at: Readonly<Record<string, string>>
  /** The bytes of the body. */
  readonly body: Uint8Array
}

/** A route of the protocol; every one needs the secret. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below `/api/v1`; `:name` stands for a part, `:name*` for one or more. */
  readonly path: string
  /** What it answers: an object as JSON, or a response as it is. */
  readonly answer: (call: Call) => object | Response | Promise<object | Response>
}

/** Reads the body as JSON. @throws RequestError 415, 422 */
function json({ request, body }: Call): Record<string, unknown> {
  const type = request.headers.get('content-type') ?? ''
  if (!type.startsWith('application/json'))
    throw new RequestError(415, `Content-Type ${type}: send application/json.`)
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw unprocessable('The body is no JSON object.')
}

/** The number of the call that makes a model: those of training begin with 0 or 1. */
const CREATION = -1

const small = (value: object): Result => ({ json: () => value })

/** What a submitted request is answered with. */
const submitted = (requestId: string, more: object = {}): object => ({
  future_id: requestId,
  request_id: requestId,
  status: 'pending',
  ...more,
})

/** A call of a model, counted, so that nothing runs twice that is sent twice. */
function once(
  { state, url, body }: Call,
  model: TrainedModel,
  seqId: number | null | undefined,
  work: () => Promise<Result>,
  more: object = {},
): object {
  const content = Buffer.concat([Buffer.from(url.pathname), body])
  const requestId = model.once(seqId, content, () => state.ticket(work))
  return submitted(requestId, { model_id: model.record.id, ...more })
}

function clientConfig(): object {
  return {
    pjwt_auth_enabled: false,
    // Chunks of one pass would come in any order, and sums would be added in another.
    parallel_fwdbwd_chunks: false,
    proto_write_fwdbwd: false,
    proto_compress_fwdbwd: false,
    sample_use_retrieve_futures: false,
    custom_loss_server_side: false,
    sample_join_sampling_session: false,
  }
}

function capabilities({ state }: Call): object {
  const { model, contextLength } = state.options
  const served = { max_context_length: contextLength, trainable: true, sampleable: true }
  return { supported_models: [{ model_name: model, ...served }] }
}

function createSession(call: Call): object {
  const { user_metadata: metadata } = readMessage(
    messages.createSession,
    json(call),
    'create_session',
  )
  const { id } = call.state.sessions.create(metadata ?? null)
  return {
    type: 'create_session',
    session_id: id,
    info_message: 'ICRL trains attention and MLP; train_unembed has no effect.',
    warning_message: null,
    error_message: null,
  }
}

function heartbeat(call: Call): object {
  const { session_id: id } = readMessage(messages.ofSession, json(call), 'session_heartbeat')
  call.state.sessions.get(id).beats = true
  return { type: 'session_heartbeat' }
}

async function finishSession({ state, at }: Call): Promise<object> {
  state.sessions.get(at.session)
  await state.end(at.session)
  return {}
}

async function createModel(call: Call): Promise<object> {
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

async function info(call: Call): Promise<object> {
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
  if (call.request.headers.get('content-encoding') === 'zstd')
    throw new RequestError(415, 'Content-Encoding zstd: /client/config says that it is off.')
  return type.startsWith(PROTOBUF)
    ? passRequestFromProto(call.body)
    : passRequestFromJson(json(call))
}

function pass(call: Call): object {
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

function optimStep(call: Call): object {
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

function saveWeights(call: Call): object {
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

function saveForSampler(call: Call): object {
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

function samplerId(sessionId: string, count: number): string {
  return `${sessionId}:sample:${count}`
}

function loadWeights(call: Call): object | Promise<object> {
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

async function createSamplingSession(call: Call): Promise<object> {
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

function sampler({ state, at }: Call): object {
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

async function sample(call: Call): Promise<object> {
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

async function retrieve(call: Call): Promise<Response> {
  const { request_id: id } = readMessage(messages.retrieveFuture, json(call), 'retrieve_future')
  const { futures, options } = call.state
  const result = await futures.wait(id, options.holdMs ?? 30_000)
  if (result === PENDING)
    return Response.json({ type: 'try_again', request_id: id, queue_state: 'active' })
  if (isFailure(result)) return Response.json(result)
  const accepts = call.request.headers.get('accept') ?? ''
  if (result.proto === undefined || !accepts.includes(PROTOBUF)) return Response.json(result.json())
  return new Response(new Uint8Array(result.proto()), { headers: { 'content-type': PROTOBUF } })
}

async function unload(call: Call): Promise<object> {
  const { model_id: id } = readMessage(messages.ofModel, json(call), 'unload_model')
  const { state } = call
  const model = state.model(id)
  const requestId = state.ticket(async () => {
    await state.unload(model)
    return small({ model_id: id, status: 'unloaded', type: 'unload_model' })
  })
  return submitted(requestId, { model_id: id })
}

async function weightsInfo(call: Call): Promise<object> {
  const { tinker_path: text } = json(call)
  const { path } = await call.state.store.find(String(text))
  const { base_model, lora_config } = await call.state.store.readModel(path.modelId)
  const { rank, train_attn, train_mlp, train_unembed } = lora_config
  return { base_model, is_lora: rank > 0, lora_rank: rank, train_attn, train_mlp, train_unembed }
}

async function trainingRun(state: TinkerState, id: string): Promise<object> {
  const stored: StoredModel = await state.store.readModel(id)
  const checkpoints = await state.store.list(id)
  const last = (type: string): object | null =>
    checkpoints.findLast(({ checkpoint_type: of }) => of === type) ?? null
  return {
    training_run_id: id,
    base_model: stored.base_model,
    model_owner: 'local',
    is_lora: stored.lora_config.rank > 0,
    lora_rank: stored.lora_config.rank,
    corrupted: false,
    last_request_time: new Date().toISOString(),
    last_checkpoint: last('training'),
    last_sampler_checkpoint: last('sampler'),
    user_metadata: stored.user_metadata,
  }
}

async function trainingRuns({ state, url }: Call): Promise<object> {
  const whole = (name: string, otherwise: number): number => {
    const given = Number(url.searchParams.get(name) ?? otherwise)
    if (Number.isInteger(given) && given >= 0) return given
    throw unprocessable(`${name}: expected a whole number.`)
  }
  const [offset, limit] = [whole('offset', 0), whole('limit', 20)]
  const ids = await state.store.models()
  const runs = ids.slice(offset, offset + limit).map((id) => trainingRun(state, id))
  return {
    training_runs: await Promise.all(runs),
    cursor: { offset, limit, total_count: ids.length },
  }
}

/** The checkpoint that a path names: `NAME`, which is a sampler's, or `KIND/NAME`. */
function checkpointAt({ at }: Call): WeightsPath {
  const path = readWeightsPath(`tinker://${at.run}/${at.checkpoint}`)
  if (path === undefined) throw notFound(`checkpoint ${at.checkpoint}`)
  return path
}

async function archive(call: Call): Promise<Response> {
  const { folder } = await call.state.store.find(pathOf(checkpointAt(call)))
  const { path, until } = call.state.archiveAddress(folder)
  return new Response(null, {
    status: 302,
    headers: { location: new URL(path, call.url).href, expires: until.toUTCString() },
  })
}

async function remove(call: Call): Promise<Response> {
  const path = checkpointAt(call)
  await call.state.store.remove(path)
  await call.state.samplers.remove(pathOf(path))
  return new Response(null, { status: 204 })
}

/** All routes, below `/api/v1`. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/healthz', answer: () => ({ status: 'ok' }) },
  { method: 'GET', path: '/get_server_capabilities', answer: capabilities },
  { method: 'POST', path: '/client/config', answer: clientConfig },
  {
    method: 'POST',
    path: '/client/dynamic_config',
    answer: () => ({ refresh_interval_sec: 300, sample_cancel_enabled: false }),
  },
  { method: 'POST', path: '/create_session', answer: createSession },
  { method: 'POST', path: '/session_heartbeat', answer: heartbeat },
  { method: 'POST', path: '/sessions/:session/finish', answer: finishSession },
  { method: 'POST', path: '/create_model', answer: createModel },
  { method: 'POST', path: '/get_info', answer: info },
  { method: 'POST', path: '/forward_backward', answer: pass },
  { method: 'POST', path: '/forward', answer: pass },
  { method: 'POST', path: '/optim_step', answer: optimStep },
  { method: 'POST', path: '/save_weights', answer: saveWeights },
  { method: 'POST', path: '/load_weights', answer: loadWeights },
  { method: 'POST', path: '/save_weights_for_sampler', answer: saveForSampler },
  { method: 'POST', path: '/create_sampling_session', answer: createSamplingSession },
  { method: 'GET', path: '/samplers/:sampler', answer: sampler },
  { method: 'POST', path: '/asample', answer: sample },
  { method: 'POST', path: '/retrieve_future', answer: retrieve },
  { method: 'POST', path: '/unload_model', answer: unload },
  { method: 'POST', path: '/weights_info', answer: weightsInfo },
  { method: 'GET', path: '/training_runs', answer: trainingRuns },
  {
    method: 'GET',
    path: '/training_runs/:run',
    answer: ({ state, at }) => trainingRun(state, at.run),
  },
  {
    method: 'GET',
    path: '/training_runs/:run/checkpoints',
    answer: async ({ state, at }) => ({ checkpoints: await state.store.list(at.run) }),
  },
  { method: 'GET', path: '/training_runs/:run/checkpoints/:checkpoint*/archive', answer: archive },
  { method: 'DELETE', path: '/training_runs/:run/checkpoints/:checkpoint*', answer: remove },
  { method: 'POST', path: '/telemetry', answer: () => ({ status: 'accepted' }) },
]

const PREFIX = '/api/v1'

const patterns = new Map(
  ROUTES.map((route) => [
    route,
    new RegExp(
      `^${PREFIX}${route.path.replace(/:(\w+)(\*?)/g, (_, name: string, many: string) => `(?<${name}>${many ? '.+?' : '[^/]+'})`)}$`,
    ),
  ]),
)

/**
 * Answers a request whose secret is right.
 *
 * @throws RequestError 404 for another route, and those of the route; IcrlError
 */
export async function answer(state: TinkerState, request: Request): Promise<Response> {
  const url = new URL(request.url)
  for (const route of ROUTES) {
    const match = route.method === request.method && patterns.get(route)!.exec(url.pathname)
    if (!match) continue
    const at = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, part]) => [name, decodeURIComponent(part)]),
    )
    const body = new Uint8Array(await request.arrayBuffer())
    const answered = await route.answer({ state, request, url, at, body })
    return answered instanceof Response ? answered : Response.json(answered)
  }
  throw notFound(`${request.method} ${url.pathname}`)
}
