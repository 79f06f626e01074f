import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIcrlError } from '@icrl/core'
import * as messages from '../src/tinker/protocol/messages.ts'
import {
  type PassRequest,
  passRequestFromJson,
  type PassResult,
  passResultToJson,
} from '../src/tinker/protocol/pass.ts'
import {
  passRequestFromProto,
  passResultToProto,
  PROTOBUF,
} from '../src/tinker/protocol/pass-proto.ts'
import { readMessage } from '../src/tinker/protocol/refuse.ts'
import {
  type SampleCall,
  sampleCallFromJson,
  type SampleResult,
  sampleResultToJson,
  sampleResultToProto,
} from '../src/tinker/protocol/sampling.ts'
import { vector } from '../src/tinker/protocol/tensor.ts'
import { readWeightsPath } from '../src/tinker/protocol/weights-path.ts'
import { type SavedTable, TableModel } from './table-model.ts'

/** Which server it is like. */
export interface SkyrlOptions {
  readonly model?: string
  readonly vocabularySize?: number
  /** SkyRL 0.3: json. 0.4: protobuf. */
  readonly wire?: 'json' | 'protobuf'
  /** `datum-mean` as SkyRL's JAX backend; `sum` as hosted Tinker. */
  readonly reduction?: 'sum' | 'datum-mean'
  readonly port?: number
  /** Checkpoints of a server that was there before. */
  readonly checkpoints?: Map<string, SavedTable>
  /** A fault: answers in the server's place, or changes what it holds, or lets it pass. */
  readonly fault?: Fault
}

/** What a fault is shown; `times` counts the calls of this path from 1. */
export interface FaultCall {
  readonly path: string
  readonly times: number
  readonly body: Buffer
  readonly server: SkyrlServer
  readonly response: ServerResponse
  /** Does what was asked for, and says nothing of it. */
  readonly take: () => void
}

/** True: it answered itself. */
export type Fault = (call: FaultCall) => boolean | Promise<boolean>

type Result =
  | { readonly json: object }
  | { readonly pass: PassResult }
  | { readonly sample: SampleResult }
  | { readonly error: string }

interface LoadedModel {
  readonly model: TableModel
  readonly session: string
  readonly rank: number
  calls: number
  /** The checkpoint that was sampled or saved last. */
  loaded?: string
}

class HttpError extends Error {
  readonly status: number
  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}

/**
 * A Tinker-protocol server that behaves as SkyRL 0.3.0 and 0.4.0 were measured to (facts: reduction,
 * order, one copy of the weights, status codes), over a model of one table.
 */
export class SkyrlServer {
  readonly options: Required<Omit<SkyrlOptions, 'fault' | 'port'>>
  fault: Fault
  readonly models: Map<string, LoadedModel> = new Map()
  readonly checkpoints: Map<string, SavedTable>
  readonly sessions: Set<string> = new Set()
  readonly samplers: Map<string, string> = new Map()
  /** Requests by path, in order. */
  readonly log: string[] = []
  /** Optimizer steps with a learning rate above 0 that were applied. */
  applied = 0
  url = ''
  readonly #futures = new Map<string, Result>()
  readonly #numbers = new Map<string, { readonly id: string; readonly content: string }>()
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  #ids = 0

  constructor({ fault = () => false, ...options }: SkyrlOptions) {
    this.fault = fault
    const {
      model = 'tiny',
      vocabularySize = 12,
      wire = 'json',
      reduction = 'datum-mean',
      checkpoints = new Map(),
    } = options
    this.options = { model, vocabularySize, wire, reduction, checkpoints }
    this.checkpoints = checkpoints
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
    return this
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const path = request.url!.replace('/api/v1', '')
    this.log.push(path)
    const times = this.log.filter((one) => one === path).length
    const type = request.headers['content-type'] ?? ''
    const take = (): void => void this.#answer(path, body, type)
    try {
      if (await this.fault({ path, times, body, server: this, response, take })) return
      const answer = this.#answer(path, body, type)
      if (answer instanceof Uint8Array) response.setHeader('content-type', PROTOBUF).end(answer)
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
    } catch (error) {
      const [status, detail] =
        error instanceof HttpError
          ? [error.status, error.message]
          : isIcrlError(error)
            ? [422, error.message]
            : [500, String(error)]
      response.statusCode = status
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ detail }))
    }
  }

  #answer(path: string, body: Buffer, type: string): object | Uint8Array {
    if (path === '/forward_backward' || path === '/forward') return this.#pass(path, body, type)
    const json = body.length > 0 ? JSON.parse(body.toString()) : {}
    const { model, vocabularySize } = this.options
    switch (path) {
      case '/client/config':
        return { pjwt_auth_enabled: false }
      case '/get_server_capabilities':
        return { supported_models: [{ model_name: model }] }
      case '/create_session': {
        readMessage(messages.createSession, json, path)
        const session_id = `session_${this.#ids++}`
        this.sessions.add(session_id)
        return { session_id, type: 'create_session' }
      }
      case '/session_heartbeat':
        if (!this.sessions.has(json.session_id)) throw new HttpError(404, 'Session not found')
        return { type: 'session_heartbeat' }
      case '/create_model': {
        const { session_id, base_model, lora_config } = readMessage(
          messages.createModel,
          json,
          path,
        )
        if (!this.sessions.has(session_id)) throw new HttpError(404, 'Session not found')
        const model_id = `model_${this.#ids++}`
        const { rank = 8, seed } = lora_config ?? {}
        this.models.set(model_id, {
          model: new TableModel(vocabularySize, seed ?? 0),
          session: session_id,
          calls: 0,
          rank,
        })
        const made = { model_id, base_model, lora_config: { rank, alpha: 32, seed: seed ?? 0 } }
        return { ...this.#ticket({ json: made }), ...made }
      }
      case '/get_info': {
        const found = this.#model(json.model_id)
        return {
          model_id: json.model_id,
          status: 'ready',
          model_data: { base_model: model, lora_config: { rank: found.rank } },
        }
      }
      case '/optim_step':
        return this.#numbered(json, path, () =>
          this.#step(readMessage(messages.optimStep, json, path)),
        )
      case '/save_weights': {
        const { model_id, path: name } = readMessage(messages.saveWeights, json, path)
        return this.#save(model_id, `tinker://${model_id}/weights/${name}`, {})
      }
      case '/save_weights_for_sampler': {
        const {
          model_id,
          path: name,
          sampling_session_seq_id: sampler,
          seq_id,
        } = readMessage(messages.saveForSampler, json, path)
        if (name) return this.#save(model_id, `tinker://${model_id}/${name}`, {})
        const id = `sampling_${this.#ids++}`
        const saved = `tinker://${model_id}/ss${sampler}_seq${seq_id}`
        const ticket = this.#save(model_id, saved, { path: null, sampling_session_id: id })
        this.samplers.set(id, saved)
        return ticket
      }
      case '/load_weights':
        return this.#load(readMessage(messages.loadWeights, json, path))
      case '/asample':
        return this.#ticket(this.#sample(sampleCallFromJson(json)))
      case '/unload_model':
        this.#model(json.model_id)
        this.models.delete(json.model_id)
        return this.#ticket({ json: { model_id: json.model_id, status: 'unloaded' } })
      case '/retrieve_future':
        return this.#retrieve(json.request_id)
      default:
        throw new HttpError(404, 'Not Found')
    }
  }

  #pass(path: string, body: Buffer, type: string): object {
    const isProto = this.options.wire === 'protobuf'
    if (isProto && path === '/forward') throw new HttpError(404, 'Not Found')
    if (isProto && type !== PROTOBUF)
      throw new HttpError(415, `forward_backward requires a ${PROTOBUF} body`)
    if (!isProto && type !== 'application/json') throw new HttpError(422, 'body: not JSON')
    const pass = isProto
      ? passRequestFromProto(body)
      : passRequestFromJson(JSON.parse(body.toString()))
    return this.#numbered(
      { model_id: pass.modelId, seq_id: pass.seqId },
      body.toString('latin1'),
      () => this.#run(pass),
    )
  }

  #run({ modelId, data, forwardOnly, lossFn }: PassRequest): Result {
    const found = this.#loaded(modelId)
    if ('error' in found) return found
    const outputs = data.map(({ tokens, inputs }) => {
      const targets = inputs.target_tokens.data
      const now = found.model.logprobs(tokens, targets)
      if (!forwardOnly) {
        const { advantages, logprobs } = inputs
        const weights = Array.from(now, (x, t) =>
          lossFn === 'importance_sampling'
            ? -Math.exp(x - logprobs.data[t]) * advantages.data[t]
            : -1,
        )
        const divisor = this.options.reduction === 'sum' ? 1 : tokens.length
        found.model.add(
          tokens,
          targets,
          weights.map((weight) => weight / divisor),
        )
        found.model.datums++
      }
      return { logprobs: vector(Float32Array.from(now)) }
    })
    return { pass: { outputType: 'scalar', outputs, metrics: {} } }
  }

  #step({ model_id, adam_params }: messages.OptimStep): Result {
    const found = this.#loaded(model_id)
    if ('error' in found) return found
    const { model } = found
    const scale = this.options.reduction === 'sum' ? 1 : 1 / Math.max(1, model.datums)
    // SkyRL ignores grad_clip_norm; hosted Tinker honors it.
    const { grad_clip_norm: clip, ...adam } = adam_params
    const norm = model.step(
      scale,
      this.options.reduction === 'sum' ? { ...adam, grad_clip_norm: clip } : adam,
    )
    if ((adam.learning_rate ?? 1) > 0) this.applied++
    return {
      json: {
        metrics: { 'skyrl.ai/grad_norm': norm, 'skyrl.ai/learning_rate': adam.learning_rate ?? 0 },
      },
    }
  }

  #save(modelId: string, path: string, result: object): object {
    const found = this.#model(modelId)
    if (this.checkpoints.has(path)) throw new HttpError(409, `Checkpoint '${path}' already exists`)
    this.checkpoints.set(path, found.model.copy())
    found.calls++
    if (!path.includes('/weights/')) found.loaded = path
    return this.#ticket({ json: { path, ...result } })
  }

  #load({ model_id, path, optimizer }: messages.LoadWeights): object {
    const found = this.#model(model_id)
    const isNewer = this.options.wire === 'protobuf'
    if (isNewer && found.calls > 0)
      throw new HttpError(400, `LoadWeights is not permitted with seq_id ${found.calls + 1}`)
    const saved = this.checkpoints.get(path)
    if (!saved || readWeightsPath(path)?.kind !== 'weights')
      throw new HttpError(404, `Checkpoint not found: ${path}`)
    found.calls++
    found.model.put(saved, isNewer ? (optimizer ?? true) : true)
    return this.#ticket({ json: { type: 'load_weights' } })
  }

  /** Sampling another checkpoint than the last puts it in the place of what is trained. */
  #sample({ model, prompt, maxTokens, temperature, seed = 0, stop = [] }: SampleCall): Result {
    const path = 'samplingSessionId' in model ? this.samplers.get(model.samplingSessionId) : ''
    if (!path) throw new HttpError(404, 'Sampling session not found')
    const found = this.#loaded(readWeightsPath(path)!.modelId)
    if ('error' in found) return found
    if (found.loaded !== path) found.model.put(this.checkpoints.get(path)!, false)
    found.loaded = path
    const { tokens, logprobs } = found.model.sample(
      prompt,
      maxTokens,
      seed,
      temperature,
      stop as number[],
    )
    const stopReason = (stop as number[]).includes(tokens.at(-1)!) ? 'stop' : 'length'
    return {
      sample: {
        sequences: [
          { stopReason, tokens: Int32Array.from(tokens), logprobs: Float32Array.from(logprobs) },
        ],
      },
    }
  }

  #retrieve(id: string): object | Uint8Array {
    const result = this.#futures.get(id)
    if (!result) throw new HttpError(404, 'Future not found')
    if ('error' in result) throw new HttpError(400, result.error)
    const isProto = this.options.wire === 'protobuf'
    if ('pass' in result)
      return isProto ? passResultToProto(result.pass) : passResultToJson(result.pass)
    if ('sample' in result)
      return isProto ? sampleResultToProto(result.sample) : sampleResultToJson(result.sample)
    return result.json
  }

  /** SkyRL 0.4 answers a repeated number with the first ticket, and another request of it with 409. */
  #numbered(
    { model_id, seq_id }: { model_id: string; seq_id?: number | null },
    content: string,
    run: () => Result,
  ): object {
    this.#model(model_id).calls++
    const key = `${model_id} ${seq_id}`
    const known = this.#numbers.get(key)
    if (this.options.wire === 'protobuf' && known) {
      const { id } = known
      if (known.content !== content)
        throw new HttpError(409, 'Training request sequence number was reused')
      return { future_id: id, request_id: id, status: 'pending' }
    }
    const ticket = this.#ticket(run())
    this.#numbers.set(key, { id: ticket.request_id, content })
    return ticket
  }

  #ticket(result: Result): { request_id: string } {
    const request_id = String(++this.#ids)
    this.#futures.set(request_id, result)
    return { request_id }
  }

  #model(id: string): LoadedModel {
    const found = this.models.get(id)
    if (!found) throw new HttpError(404, 'Model not found')
    return found
  }

  #loaded(id: string): LoadedModel | { error: string } {
    return this.models.get(id) ?? { error: `Model ${id} not loaded` }
  }
}

/** Starts one. */
export function skyrlServer(options: SkyrlOptions = {}): Promise<SkyrlServer> {
  return new SkyrlServer(options).listen(options.port)
}
