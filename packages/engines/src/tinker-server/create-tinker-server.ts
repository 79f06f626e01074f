import { isToken, newToken, tokenOf } from '@icrl/serve'
import { refusalOf, RequestError } from './request-error.ts'
import { answer, ROUTES, type Route } from './routes.ts'
import { TinkerState, type TinkerServerOptions } from './tinker-state.ts'

/** A server of the Tinker protocol. */
export interface TinkerServer extends AsyncDisposable {
  /** The secret that every route asks for. */
  readonly token: string
  /** All that it answers. */
  readonly routes: readonly Pick<Route, 'method' | 'path'>[]
  /** Answers a request; it never throws. Pass it to `listen` of `@icrl/serve`. */
  fetch(request: Request): Promise<Response>
}

/**
 * Serves a model to clients of the Tinker protocol: the official SDK `tinker`, tinker-cookbook, and
 * `tinkerPolicy` of this package. Each client's model is an adapter over one base (or, with
 * `fullModel`, all weights of its own). The loss is the plain sum over tokens and datums, as hosted
 * Tinker has it; on an exact backend the log-probabilities of samples, `forward` and training are the
 * same bits.
 *
 * Every route needs the secret, as bearer token or `x-api-key`.
 *
 * @example
 * import { listen } from '@icrl/serve'
 * import { createTinkerServer, type ServedBase } from '@icrl/engines/tinker-server'
 * import { loadTokenizer } from '@icrl/renderer'
 * declare const base: ServedBase // await loadLocalPolicy('model', { adapter: { rank: 1 } })
 * await using tinker = createTinkerServer({
 *   base,
 *   model: 'my-model',
 *   tokenizer: await loadTokenizer('model'),
 *   vocabularySize: 512,
 *   contextLength: 1024,
 *   directory: 'checkpoints',
 * })
 * const { urls } = await listen((request) => tinker.fetch(request), { isGuarded: true })
 * console.log(`TINKER_BASE_URL=${urls[0]} TINKER_API_KEY=${tinker.token}`)
 */
export function createTinkerServer(options: TinkerServerOptions): TinkerServer {
  const state = new TinkerState(options)
  const token = options.token ?? `tml-${newToken()}`
  return {
    token,
    routes: ROUTES.map(({ method, path }) => ({ method, path })),
    async fetch(request) {
      try {
        const { pathname } = new URL(request.url)
        const [, archive] = /^\/archives\/([0-9a-f]{32})$/.exec(pathname) ?? []
        // The address itself is the secret: clients fetch it without another one.
        if (archive !== undefined && request.method === 'GET')
          return new Response(new Uint8Array(await state.archive(archive)), {
            headers: { 'content-type': 'application/gzip' },
          })
        if (!isToken(tokenOf(request), token)) throw new RequestError(401, 'Unauthorized')
        return await answer(state, request)
      } catch (error) {
        const { status, message } = refusalOf(error)
        if (status === 500) options.onError?.(error)
        return Response.json({ detail: message }, { status })
      }
    },
    [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
  }
}
