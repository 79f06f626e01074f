import { listen, type RunningServer } from '@icrl/serve'
import type { AdapterEngine, Answer, Asked } from './adapter-engine.ts'

/** What a test changes of a server. */
export interface Conduct {
  /** Answers in place of the server, or changes its answer; default: it is left alone. */
  meddle?: (path: string, answer: () => Promise<Response>) => Promise<Response>
  /** False: it was started without support for adapters. Default: true. */
  takesAdapters?: boolean
  /** Log-probabilities of temperature 1, whatever is asked. Default: tempered. */
  raw?: boolean
}

export interface SamplerServer extends AsyncDisposable {
  readonly url: string
  readonly conduct: Conduct
  /** Paths of all requests so far. */
  readonly asked: readonly string[]
}

const json = (body: unknown, status = 200): Response => Response.json(body, { status })

async function serve(
  answer: (path: string, body: never) => Promise<Response>,
  conduct: Conduct,
): Promise<SamplerServer> {
  const asked: string[] = []
  const server: RunningServer = await listen(async (request) => {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    const body = (request.method === 'POST' ? await request.json() : undefined) as never
    const real = (): Promise<Response> => answer(pathname, body)
    return conduct.meddle ? conduct.meddle(pathname, real) : real()
  })
  return {
    url: server.urls[0],
    conduct,
    asked,
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** What an engine says at temperature 1 of what it drew at another one. */
async function rawly(
  engine: AdapterEngine,
  adapter: string | undefined,
  asked: Asked,
  isRaw: boolean,
): Promise<Answer | undefined> {
  if (!isRaw || asked.temperature === 1) return engine.draw(adapter, asked)
  return engine.draw(adapter, { ...asked, temperature: 1 })
}

interface VllmBody {
  readonly model: string
  readonly prompt: readonly number[]
  readonly max_tokens: number
  readonly temperature: number
  readonly stop_token_ids: readonly number[]
  readonly seed: number
  readonly lora_name: string
  readonly lora_path: string
  readonly load_inplace?: boolean
}

/** vLLM's OpenAI server, as far as it is documented: shapes, status codes, words. */
export function vllmServer(
  engine: AdapterEngine,
  model: string,
  conduct: Conduct = {},
): Promise<SamplerServer> {
  const error = (message: string, type: string, code: number): Response =>
    json({ error: { message, type, param: null, code } }, code)
  const missing = (name: string): Response =>
    error(`The model \`${name}\` does not exist.`, 'NotFoundError', 404)
  const paths: Record<string, (body: VllmBody) => Promise<Response>> = {
    '/v1/models': async () =>
      json({
        object: 'list',
        data: [model, ...engine.adapters.keys()].map((id) => ({
          id,
          object: 'model',
          created: 0,
          owned_by: 'vllm',
          root: id,
          parent: id === model ? null : model,
        })),
      }),
    '/v1/completions': async (body) => {
      const { prompt, max_tokens: maxTokens, temperature, stop_token_ids: stop, seed } = body
      if (body.model !== model && !engine.adapters.has(body.model)) return missing(body.model)
      const adapter = body.model === model ? undefined : body.model
      const asked = { prompt, maxTokens, temperature, stop, seed }
      const drawn = await rawly(engine, adapter, asked, conduct.raw ?? false)
      if (!drawn) return missing(body.model)
      const names = drawn.tokens.map((id) => `token_id:${id}`)
      return json({
        id: 'cmpl-1',
        object: 'text_completion',
        created: 0,
        model: body.model,
        choices: [
          {
            index: 0,
            text: '',
            logprobs: {
              text_offset: names.map(() => 0),
              token_logprobs: drawn.logprobs,
              tokens: names,
              top_logprobs: names.map((name, t) => ({
                [name]: drawn.logprobs[t],
                ...(t === 0 && { [`token_id:${drawn.top[0]}`]: drawn.top[1] }),
              })),
            },
            finish_reason: drawn.finish,
            stop_reason: drawn.finish === 'stop' ? drawn.tokens.at(-1) : null,
            token_ids: drawn.tokens,
            prompt_token_ids: prompt,
          },
        ],
        usage: { prompt_tokens: prompt.length, completion_tokens: drawn.tokens.length },
      })
    },
    '/v1/load_lora_adapter': async ({ lora_name: name, lora_path: folder, load_inplace }) => {
      if (engine.adapters.has(name) && !load_inplace)
        return error(`The lora adapter '${name}' has already been loaded.`, 'InvalidUserInput', 400)
      try {
        await engine.load(name, folder)
      } catch {
        return error(
          `Loading lora ${name} failed: No adapter found for ${folder}`,
          'NotFoundError',
          404,
        )
      }
      return new Response(`Success: LoRA adapter '${name}' added successfully.`)
    },
    '/v1/unload_lora_adapter': async ({ lora_name: name }) =>
      (await engine.unload(name))
        ? new Response(`Success: LoRA adapter '${name}' removed successfully.`)
        : error(`The lora adapter '${name}' cannot be found.`, 'NotFoundError', 404),
  }
  return serve(async (path, body) => {
    const isRefused = path.endsWith('_lora_adapter') && conduct.takesAdapters === false
    return (!isRefused && paths[path]?.(body)) || json({ detail: 'Not Found' }, 404)
  }, conduct)
}

interface SglangBody {
  readonly input_ids: readonly number[]
  readonly sampling_params: {
    readonly max_new_tokens: number
    readonly temperature: number
    readonly stop_token_ids: readonly number[]
    readonly sampling_seed: number
  }
  readonly lora_path?: string
  readonly lora_name: string
}

/** SGLang's own server, as far as it is documented. */
export function sglangServer(
  engine: AdapterEngine,
  model: string,
  conduct: Conduct & { weightVersion?: string } = {},
): Promise<SamplerServer> {
  const paths: Record<string, (body: SglangBody) => Promise<Response>> = {
    '/get_model_info': async () =>
      json({ model_path: model, tokenizer_path: model, is_generation: true }),
    '/generate': async ({ input_ids: prompt, sampling_params: params, lora_path: adapter }) => {
      const { max_new_tokens: maxTokens, temperature, stop_token_ids: stop } = params
      const asked = { prompt, maxTokens, temperature, stop, seed: params.sampling_seed }
      const drawn = await rawly(engine, adapter, asked, conduct.raw ?? true)
      if (!drawn)
        return json(
          { error: { message: `Got LoRA adapter that has not been loaded: ${adapter}` } },
          400,
        )
      return json({
        text: '',
        output_ids: drawn.tokens,
        meta_info: {
          id: '1',
          finish_reason:
            drawn.finish === 'stop'
              ? { type: 'stop', matched: drawn.tokens.at(-1) }
              : { type: 'length', length: maxTokens },
          prompt_tokens: prompt.length,
          weight_version: conduct.weightVersion ?? 'default',
          output_token_logprobs: drawn.tokens.map((id, t) => [drawn.logprobs[t], id, null]),
          output_top_logprobs: [[[drawn.top[1], drawn.top[0], null]]],
          completion_tokens: drawn.tokens.length,
        },
      })
    },
    '/load_lora_adapter': async ({ lora_name: name, lora_path: folder }) => {
      const loaded = (): Record<string, string> =>
        Object.fromEntries([...engine.adapters.keys()].map((one) => [one, one]))
      try {
        await engine.load(name, folder!)
      } catch (error) {
        const body = { success: false, error_message: String(error), loaded_adapters: loaded() }
        return json(body, 400)
      }
      return json({ success: true, loaded_adapters: loaded(), error_message: '' })
    },
    '/unload_lora_adapter': async ({ lora_name: name }) =>
      json({ success: await engine.unload(name) }),
  }
  return serve(async (path, body) => {
    const isRefused = path.endsWith('_lora_adapter') && conduct.takesAdapters === false
    return (!isRefused && paths[path]?.(body)) || json({ detail: 'Not Found' }, 404)
  }, conduct)
}
