import {
  type Handler,
  isToken,
  listen,
  type ListenOptions,
  type RunningServer,
  tokenOf,
} from '@icrl/serve'
import type { HttpApp, AppReply } from './app.ts'

/** Options of {@link serve}. */
export interface ServeOptions extends Pick<ListenOptions, 'port' | 'host' | 'ports' | 'maxBody'> {
  /**
   * A secret that requests carry as bearer token.
   *
   * @defaultValue none, and only this machine is served
   */
  readonly token?: string
}

async function answer(app: HttpApp, request: Request): Promise<AppReply> {
  const url = new URL(request.url)
  const text = await request.text()
  let body: unknown
  try {
    body = text === '' ? undefined : JSON.parse(text)
  } catch {
    return {
      status: 422,
      json: {
        detail: [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }],
      },
    }
  }
  return app.handle({ method: request.method, path: url.pathname, query: url.searchParams, body })
}

function responseOf({ status, json, text }: AppReply): Response {
  if (text === undefined) return Response.json(json ?? null, { status })
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}

/**
 * Serves an app over HTTP, on one port or several that share its sessions.
 *
 * @throws IcrlError `unavailable` if a port is taken, `invalid-option` for a host that other machines
 * reach, without a token
 * @example
 * const server = await serve(alfworldApp(), { port: 36001 })
 * console.log(`READY ${server.urls[0]}`)
 */
export async function serve(
  app: HttpApp,
  { token, ...options }: ServeOptions = {},
): Promise<RunningServer> {
  return listen(
    guarded(app, (request) => withoutToken(request, token)),
    {
      ...options,
      isGuarded: token !== undefined,
    },
  )
}

/** The answer to a request without the secret, if there is one; undefined lets it in. */
export function withoutToken(request: Request, token: string | undefined): Response | undefined {
  return token === undefined || isToken(tokenOf(request), token)
    ? undefined
    : Response.json({ detail: 'Unauthorized' }, { status: 401 })
}

/** A handler of an app's requests, but for those that `refuse` answers. */
export function guarded(app: HttpApp, refuse: (request: Request) => Response | undefined): Handler {
  return async (request) => refuse(request) ?? responseOf(await answer(app, request))
}
