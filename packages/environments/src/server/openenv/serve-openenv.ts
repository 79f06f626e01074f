import type { Environment } from '@icrl/core'
import { listen, type ListenOptions, type RunningServer } from '@icrl/serve'
import type { TextSocket } from '@icrl/serve/websocket'
import { guarded, withoutToken } from '../serve.ts'
import { openenvRoutes } from './openenv-routes.ts'
import { openenvSession, type OpenenvSession } from './openenv-session.ts'
import { openenvTasks } from './openenv-tasks.ts'

/** Options of {@link serveOpenenv}. */
export interface ServeOpenenvOptions extends Pick<
  ListenOptions,
  'port' | 'host' | 'maxBody' | 'onError'
> {
  /**
   * A secret that requests carry as bearer token.
   *
   * @defaultValue none, and only this machine is served, but no web page in its browsers
   */
  readonly token?: string
  /** Most episodes at a time; further clients are told `CAPACITY_REACHED`. @defaultValue 256 */
  readonly sessions?: number
  /** Longest message of a client, in bytes. @defaultValue 1 MiB */
  readonly maxMessage?: number
  /** Milliseconds without a message after which a client's session ends. @defaultValue an hour */
  readonly idleMs?: number
  /** Milliseconds that the environment may take for a call. @defaultValue 300,000 */
  readonly timeoutMs?: number
  /** Steps after which an episode is over. @defaultValue the environment's `maxTurns` */
  readonly maxTurns?: number
}

/**
 * Serves an environment to clients of OpenEnv (`openenv` 0.10 of PyPI, TRL's `environment_factory`,
 * and whoever else speaks it): a WebSocket at `/ws` with an episode for each connection, and the
 * plain routes beside it.
 *
 * An action is `{ message }`: the action, or a response of a model in which the environment finds
 * one. An observation is `{ message }`, a first one has `task` and `instructions` too. `reset` takes
 * `task_id`, or `split` and `index`, or `seed`, which always stands for the same task; without any
 * it takes the next training task in order.
 *
 * @throws IcrlError `unavailable` if the port is taken, `invalid-option` for a host that other
 * machines reach, without a token
 * @example
 * import { textcraft } from '@icrl/environments'
 *
 * const server = await serveOpenenv(textcraft(), { port: 8000 })
 * console.log(`READY ${server.urls[0]}`)
 */
export async function serveOpenenv(
  environment: Environment,
  options: ServeOpenenvOptions = {},
): Promise<RunningServer> {
  const { token, sessions = 256, maxMessage, idleMs, onError, ...listening } = options
  const { timeoutMs = 300_000, maxTurns = environment.maxTurns } = options
  const { webSockets } = await import('@icrl/serve/websocket')
  const tasks = openenvTasks(environment)
  const open = (signal: AbortSignal): OpenenvSession =>
    openenvSession(environment, { tasks, maxTurns, timeoutMs, signal, onError })
  let active = 0
  const talk = async (socket: TextSocket): Promise<void> => {
    if (active >= sessions) return socket.send(JSON.stringify(atCapacity(active, sessions)))
    active++
    const session = open(socket.signal)
    try {
      await converse(session, socket)
    } finally {
      await session.close()
      active--
    }
  }
  const refuse = (request: Request): Response | undefined =>
    fromPage(request, token) ?? withoutToken(request, token)
  const never = new AbortController().signal
  return listen(
    guarded(
      openenvRoutes(environment, tasks, () => open(never)),
      refuse,
    ),
    {
      ...listening,
      onError,
      isGuarded: token !== undefined,
      sockets: webSockets({
        refuse: (request) => refuse(request) ?? elsewhere(request),
        talk,
        // Those beyond the sessions are told so before they are closed.
        maxSockets: 2 * sessions + 16,
        maxMessage,
        idleMs,
        onError,
      }),
    },
  )
}

async function converse(session: OpenenvSession, socket: TextSocket): Promise<void> {
  for await (const text of socket.messages) {
    const reply = await session.answer(text)
    if (reply === undefined) return
    await socket.send(JSON.stringify(reply))
  }
}

function atCapacity(active: number, most: number): object {
  return {
    type: 'error',
    data: {
      message: `Server at capacity: ${active}/${most} sessions active. Cannot accept new connections.`,
      code: 'CAPACITY_REACHED',
      active_sessions: active,
      max_sessions: most,
    },
  }
}

/** Without a secret any page in a browser of this machine could play along: its requests say so. */
function fromPage({ headers }: Request, token: string | undefined): Response | undefined {
  return token === undefined && headers.has('origin')
    ? Response.json({ detail: 'No web pages without a token' }, { status: 403 })
    : undefined
}

function elsewhere({ url }: Request): Response | undefined {
  return new URL(url).pathname === '/ws'
    ? undefined
    : Response.json({ detail: 'Not Found' }, { status: 404 })
}
