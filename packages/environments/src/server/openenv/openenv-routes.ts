import { isIcrlError, type Environment } from '@icrl/core'
import type { AppReply, HttpApp } from '../app.ts'
import { int, optional, str } from '../fields.ts'
import { get, post, type Route, routed } from '../router.ts'
import { openenvSchema } from './openenv-schema.ts'
import type { OpenenvSession } from './openenv-session.ts'
import { SPLITS, type OpenenvTasks } from './openenv-tasks.ts'

const VERSION = '1.0.0'

/**
 * OpenEnv's routes beside its WebSocket: what the environment is, its schemas, its tasks, and the
 * plain `/reset`, `/step` and `/state`. As with OpenEnv's own servers each plain call meets a new
 * environment, so that only `/reset` is of use.
 *
 * @param open makes the session of one plain call
 */
export function openenvRoutes(
  environment: Environment,
  tasks: OpenenvTasks,
  open: () => OpenenvSession,
): HttpApp {
  const { name } = environment
  const once = async (message: object): Promise<AppReply> => {
    const session = open()
    try {
      const { type, data } = (await session.answer(JSON.stringify(message)))!
      if (type !== 'error') return { status: 200, json: data }
      return data.code === 'VALIDATION_ERROR'
        ? { status: 422, json: { detail: data.errors } }
        : { status: 409, json: { detail: data.message } }
    } finally {
      await session.close()
    }
  }
  const routes: readonly Route[] = [
    get('/health', {}, () => ({ status: 'healthy' })),
    get('/metadata', {}, () => ({
      name,
      description: environment.instructions,
      readme_content: null,
      version: VERSION,
      author: null,
      documentation_url: null,
    })),
    get('/schema', {}, () => openenvSchema),
    { method: 'POST', path: '/reset', run: ({ body: data = {} }) => once({ type: 'reset', data }) },
    {
      method: 'POST',
      path: '/step',
      run: ({ body }) =>
        once({ type: 'step', data: (body as { action?: unknown } | undefined)?.action ?? null }),
    },
    { method: 'GET', path: '/state', run: () => once({ type: 'state' }) },
    {
      method: 'POST',
      path: '/mcp',
      run: () => ({
        status: 200,
        json: {
          jsonrpc: '2.0',
          error: { code: -32601, message: 'Environment does not support MCP' },
          id: null,
        },
      }),
    },
    ...taskRoutes(name, tasks),
  ]
  return routed(name, [...routes, get('/openapi.json', {}, () => openapi(name, routes))])
}

/** OpenEnv's Task API, by which clients list splits and tasks. */
function taskRoutes(name: string, tasks: OpenenvTasks): Route[] {
  const below = `/${encodeURIComponent(name)}`
  const listed = async <T>(split: string, read: (all: readonly object[]) => T): Promise<T> =>
    read(await tasks.list(split))
  return [
    get('/list_environments', {}, () => [name]),
    get(`${below}/splits`, {}, () => SPLITS.map((split) => ({ name: split, type: split }))),
    ...[
      post(`${below}/tasks`, { split: str }, ({ split }) =>
        listed(split, (all) => ({ tasks: all, env_name: name })),
      ),
      post(`${below}/num_tasks`, { split: str }, ({ split }) =>
        listed(split, ({ length }) => ({ num_tasks: length })),
      ),
      post(`${below}/task`, { split: str, index: int }, ({ split, index }) =>
        listed(split, (all) => ({ task: all[index] ?? noTask() })),
      ),
      post(
        `${below}/task_range`,
        { split: str, start: optional(int, undefined), stop: optional(int, undefined) },
        ({ split, start, stop }) => listed(split, (all) => ({ tasks: all.slice(start, stop) })),
      ),
    ].map(refusing),
  ]
}

const NO_TASK = new RangeError('Invalid task index')
function noTask(): never {
  throw NO_TASK
}

/** A route that answers 400 to a task or split there is not. */
function refusing(route: Route): Route {
  return {
    ...route,
    run: async (request) => {
      try {
        return await route.run(request)
      } catch (error) {
        if (error !== NO_TASK && !isIcrlError(error, 'invalid-option')) throw error
        return { status: 400, json: { detail: (error as Error).message } }
      }
    },
  }
}

/** As much of an OpenAPI document as tells a validator which routes there are. */
function openapi(title: string, routes: readonly Route[]): object {
  const paths = routes.map(({ path, method }) => [
    path,
    { [method.toLowerCase()]: { responses: { 200: { description: 'OK' } } } },
  ])
  return { openapi: '3.1.0', info: { title, version: VERSION }, paths: Object.fromEntries(paths) }
}
