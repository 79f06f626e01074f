import * as messages from '../tinker/protocol/messages.ts'
import { PROTOBUF } from '../tinker/protocol/pass-proto.ts'
import { readMessage } from '../tinker/protocol/refuse.ts'
import { isFailure, PENDING } from './futures.ts'
import { notFound, RequestError } from './request-error.ts'
import type { TinkerState } from './tinker-state.ts'
import { json, type Call } from './call.ts'
import {
  createModel,
  info,
  loadWeights,
  optimStep,
  pass,
  saveForSampler,
  saveWeights,
  unload,
} from './model-routes.ts'
import { archive, remove, trainingRun, trainingRuns, weightsInfo } from './run-routes.ts'
import { createSamplingSession, sample, sampler } from './sampling-routes.ts'
import {
  capabilities,
  clientConfig,
  createSession,
  finishSession,
  heartbeat,
} from './session-routes.ts'

/** A route of the protocol; every one needs the secret. */
export interface Route {
  /** Of the request. */
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below `/api/v1`; `:name` stands for a part, `:name*` for one or more. */
  readonly path: string
  /** What it answers: an object as JSON, or a response as it is. */
  readonly answer: (call: Call) => object | Response | Promise<object | Response>
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

/** Node 20 has no zstd, and an answer of `/client/config` keeps the SDK from it. */
function refuseCompressed({ headers }: Request): void {
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (encoding === 'identity') return
  throw new RequestError(
    415,
    `Content-Encoding ${encoding}: send bodies as they are, as /client/config says.`,
  )
}

/**
 * Answers a request whose secret is right.
 *
 * @throws RequestError 404 for another route, 415 for a compressed body, and those of the route;
 * IcrlError
 */
export async function answer(state: TinkerState, request: Request): Promise<Response> {
  const url = new URL(request.url)
  for (const route of ROUTES) {
    const match = route.method === request.method && patterns.get(route)!.exec(url.pathname)
    if (!match) continue
    const at = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, part]) => [name, decodeURIComponent(part)]),
    )
    refuseCompressed(request)
    const body = new Uint8Array(await request.arrayBuffer())
    const answered = await route.answer({ state, request, url, at, body })
    return answered instanceof Response ? answered : Response.json(answered)
  }
  throw notFound(`${request.method} ${url.pathname}`)
}
