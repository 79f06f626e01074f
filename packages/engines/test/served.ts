import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initializeModel, LocalPolicy, parseModelConfig } from '@icrl/backbone'
import {
  createTinkerServer,
  type TinkerServer,
  type TinkerServerOptions,
} from '../src/tinker-server/index.ts'

export const config: ReturnType<typeof parseModelConfig> = parseModelConfig({
  model_type: 'qwen3',
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  intermediate_size: 32,
  vocab_size: 40,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  initializer_range: 0.5,
})
export const MODEL = 'tiny'

/** The tiny model; the adapter stays as it is. */
export function tinyBase(): LocalPolicy {
  return new LocalPolicy(config, initializeModel(config, 0), { adapter: { rank: 1 } })
}

/** A server in this process, and its client. */
export interface Served extends AsyncDisposable {
  readonly server: TinkerServer
  readonly base: LocalPolicy
  /** Sends JSON as it is; answers with the status and what came back. */
  send(path: string, body?: object, method?: string): Promise<{ status: number; body: Fields }>
  /** Sends JSON; answers with the result of the ticket. */
  run(path: string, body: object): Promise<Fields>
  /** A new session and a model of it. */
  model(lora?: object): Promise<string>
}

// eslint-disable-next-line typescript/no-explicit-any -- what JSON holds
export type Fields = any

export async function serve(options: Partial<TinkerServerOptions> = {}): Promise<Served> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'icrl-tinker-')))
  const base = tinyBase()
  const server = createTinkerServer({
    base,
    model: MODEL,
    tokenizer: { decode: (ids) => String.fromCharCode(...Array.from(ids, (id) => 65 + id)) },
    ...config,
    directory,
    ...options,
  })
  const send: Served['send'] = async (path, body, method = body ? 'POST' : 'GET') => {
    const response = await server.fetch(
      new Request(`http://localhost/api/v1${path}`, {
        method,
        headers: { 'x-api-key': server.token, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
  }
  const run: Served['run'] = async (path, body) => {
    const { status, body: ticket } = await send(path, body)
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(ticket)}`)
    const { body: result } = await send('/retrieve_future', { request_id: ticket.request_id })
    if (result.error) throw new Error(result.error)
    return result
  }
  return {
    server,
    base,
    send,
    run,
    async model(lora = { rank: 4, seed: 7 }) {
      const { body: session } = await send('/create_session', { tags: [], sdk_version: '0' })
      const request = { session_id: session.session_id, model_seq_id: 0, base_model: MODEL }
      return (await run('/create_model', { ...request, lora_config: lora })).model_id
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await base[Symbol.asyncDispose]()
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The sequence shifted by one, with the inputs of a loss; each `[T]`. */
export function datum(ids: readonly number[], inputs: Record<string, readonly number[]>): object {
  const tensor = (data: readonly number[], dtype: string): object => ({
    data,
    dtype,
    shape: [data.length],
  })
  return {
    model_input: { chunks: [{ type: 'encoded_text', tokens: ids.slice(0, -1) }] },
    loss_fn_inputs: {
      target_tokens: tensor(ids.slice(1), 'int64'),
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, data]) => [name, tensor(data, 'float32')]),
      ),
    },
  }
}
