type Fetch = typeof globalThis.fetch

/** What sends Node's requests. Undici keeps it under this name, in Node and in its own package. */
interface Dispatcher {
  dispatch(options: object, handler: object): boolean
}

const DISPATCHER = Symbol.for('undici.globalDispatcher.1')

/**
 * Node's `fetch` gives up 300 s after it sent a request, and 300 s after the last piece of an
 * answer, whatever its signal allows; a long generation takes more. This one waits as long as the
 * signal does, over the same connections and proxies. Elsewhere it is the global `fetch`.
 */
export const patientFetch: Fetch = (input, init) =>
  globalThis.fetch(input, { ...init, dispatcher: patient } as RequestInit)

const patient: Dispatcher = {
  dispatch(options, handler) {
    const { [DISPATCHER]: dispatcher } = globalThis as { [DISPATCHER]?: Dispatcher }
    return dispatcher!.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler)
  },
}
