import { reply, type HttpApp, type AppReply, type AppRequest } from './app.ts'
import { readFields, type Detail, type Fields, type Values } from './fields.ts'

/** One route; made by `get` or `post`, which keep the types of its fields. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly run: (request: AppRequest) => AppReply | Promise<AppReply>
}

const invalid = (detail: readonly Detail[]): AppReply => ({ status: 422, json: { detail } })

/**
 * A GET route with its query parameters; `run` returns the JSON to answer with.
 *
 * @example
 * get('/observation', { id: int }, ({ id }) => observations.get(id))
 */
export function get<F extends Fields>(
  path: string,
  query: F,
  run: (values: Values<F>) => unknown,
): Route {
  return {
    method: 'GET',
    path,
    run: async (request) => {
      const read = readFields(query, Object.fromEntries(request.query), 'query')
      return 'detail' in read ? invalid(read.detail) : reply(await run(read.values))
    },
  }
}

/**
 * A POST route with the fields of its body; without fields the body is ignored.
 *
 * @example
 * post('/step', { id: int, action: str }, ({ id, action }) => step(id, action))
 */
export function post<F extends Fields>(
  path: string,
  body: F | undefined,
  run: (values: Values<F>) => unknown,
): Route {
  return {
    method: 'POST',
    path,
    run: async (request) => {
      const read = body ? readFields(body, request.body, 'body') : { values: {} as Values<F> }
      return 'detail' in read ? invalid(read.detail) : reply(await run(read.values))
    },
  }
}

/** An app of routes; it answers 404 and 405 for everything else. */
export function routed(name: string, routes: readonly Route[]): HttpApp {
  return {
    name,
    handle: (request) => {
      const there = routes.filter(({ path }) => path === request.path)
      const route = there.find(({ method }) => method === request.method)
      if (route) return route.run(request)
      return there.length > 0
        ? { status: 405, json: { detail: 'Method Not Allowed' } }
        : { status: 404, json: { detail: 'Not Found' } }
    },
  }
}
