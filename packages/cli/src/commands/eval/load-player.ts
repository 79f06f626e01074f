import { publicAddress, type Renderer } from '@icrl/core'
import { endpointRenderer, type Responder } from '@icrl/rollout'
import { openAiGenerator } from '@icrl/rollout/openai'
import { openModel } from '../../config/open-model.ts'
import {
  apiKeyIn,
  endpointModel,
  type EndpointOptions,
  isEndpoint,
  parseEndpoint,
} from './endpoint-model.ts'

/** Options of {@link loadPlayer}. */
export interface LoadPlayerOptions {
  readonly endpoint: EndpointOptions
  readonly backend?: string
  /** For a run: the step of the checkpoint whose weights are used. */
  readonly checkpoint?: number
  /** Qwen3's switch, for a local model. */
  readonly enableThinking?: boolean
}

/** Something that plays a role: a model, or an endpoint that answers in text. */
export interface Player extends AsyncDisposable {
  /** Folder, or address and model. */
  readonly name: string
  readonly responder: Responder
  readonly renderer: Renderer
  /** Turns a conversation into tokens; an endpoint has none. */
  readonly contextTokens?: number
}

/**
 * The player named by `PATH` (a run, or a Hugging Face folder) or by `openai:<base-url>[#model]`.
 *
 * @throws the errors of loading a model and of `endpointModel`
 */
export async function loadPlayer(spec: string, options: LoadPlayerOptions): Promise<Player> {
  return isEndpoint(spec) ? endpointPlayer(spec, options.endpoint) : localPlayer(spec, options)
}

async function endpointPlayer(spec: string, options: EndpointOptions): Promise<Player> {
  const address = parseEndpoint(spec)
  const model = await endpointModel(address, options)
  const { requestTimeout, retries, body, omit, apiKeyEnv } = options
  const generator = openAiGenerator({
    baseUrl: address.baseUrl,
    model,
    apiKey: apiKeyIn(apiKeyEnv),
    timeoutMs: requestTimeout * 1000,
    retries,
    body,
    omit,
  })
  return {
    name: `openai:${publicAddress(address.baseUrl)}#${model}`,
    responder: generator,
    renderer: endpointRenderer,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function localPlayer(
  path: string,
  { checkpoint, backend, enableThinking }: LoadPlayerOptions,
): Promise<Player> {
  const model = await openModel(path, { checkpoint, backend, enableThinking })
  return {
    name: model.name,
    responder: model.policy,
    renderer: model.renderer,
    contextTokens: model.contextLength,
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  }
}
