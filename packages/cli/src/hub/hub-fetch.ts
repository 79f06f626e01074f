import { setTimeout as pause } from 'node:timers/promises'
import { IcrlError } from '@icrl/core'
import { type HubRepository, pathOnHub } from './hub-name.ts'
import type { HubSettings } from './hub-settings.ts'

/** How often, and how long apart, requests are repeated. */
export interface Tries {
  /** After this many failures in a row without a byte in between, the last one counts. */
  readonly most: number
  /** Wait before the second try; doubled each time. */
  readonly firstWaitMs: number
  /** The longest wait that a server may ask for. */
  readonly longestWaitMs: number
}

export const TRIES: Tries = { most: 6, firstWaitMs: 500, longestWaitMs: 300_000 }

/**
 * `fetch` for a hub: sends the token to the hub's own address alone, waits and tries again after
 * 429, 5xx and lost connections, and says of every other refusal what it means.
 *
 * @param repository whom the requests are about, for errors
 */
export function hubFetch(
  { endpoint, token }: HubSettings,
  repository: HubRepository,
  tries: Tries = TRIES,
): typeof fetch {
  const home = originOf(endpoint)
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const headers = new Headers(init?.headers)
    if (token !== undefined && url.origin === home) headers.set('authorization', `Bearer ${token}`)
    for (let failures = 1; ; failures++) {
      const answer = await attempt(url, { ...init, headers })
      if (answer instanceof Response && answer.ok) return answer
      const wait =
        answer instanceof Response ? waitOf(answer, failures, tries) : backoff(failures, tries)
      if (wait === undefined || failures >= tries.most)
        throw await refusal(answer, url, repository, endpoint)
      if (answer instanceof Response) await answer.body?.cancel()
      await pause(wait, undefined, { signal: init?.signal ?? undefined })
    }
  }
}

/** @throws `invalid-option` if it is no address that can be asked */
function originOf(endpoint: string): string {
  if (/^https?:/.test(endpoint) && URL.canParse(endpoint)) return new URL(endpoint).origin
  throw new IcrlError(`HF_ENDPOINT is ${JSON.stringify(endpoint)}, which is no address.`, {
    code: 'invalid-option',
    remedy: 'Give the address of a mirror, such as https://hub.example.org, or unset it.',
  })
}

/** The wait before a try, without a wish of the server's. */
export function backoff(failures: number, { firstWaitMs }: Tries): number {
  return firstWaitMs * 2 ** (failures - 1)
}

async function attempt(url: URL, init: RequestInit): Promise<Response | Error> {
  try {
    return await fetch(url, init)
  } catch (error) {
    init.signal?.throwIfAborted()
    return error as Error
  }
}

/** Milliseconds until the next try; undefined if another would be answered alike. */
function waitOf({ status, headers }: Response, failures: number, tries: Tries): number | undefined {
  if (status !== 429 && status !== 408 && status < 500) return undefined
  const asked = headers.get('retry-after')
  if (asked === null) return backoff(failures, tries)
  const seconds = Number(asked)
  const wait = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(asked) - Date.now()
  return wait <= tries.longestWaitMs ? Math.max(0, wait) : undefined
}

/** What went wrong for good, as an error that says what to do. */
async function refusal(
  answer: Response | Error,
  url: URL,
  about: HubRepository,
  endpoint: string,
): Promise<IcrlError> {
  if (answer instanceof Error) return unreachable(answer, url)
  const { status, headers } = answer
  const said = (headers.get('x-error-message') ?? (await answer.text())).slice(0, 300)
  const code = headers.get('x-error-code')
  const of = (kind: 'unavailable' | 'missing-file', what: string, remedy: string): IcrlError =>
    new IcrlError(`${about.repository}: ${what} (${url.host} answered ${status}).`, {
      code: kind,
      remedy,
      cause: new Error(said),
      triedEnough: true,
    })
  if (code === 'GatedRepo' || (status === 403 && /gated|restricted/i.test(said)))
    return of(
      'unavailable',
      'access is granted only to those who accepted its terms',
      `Accept them at ${endpoint}/${pathOnHub(about)}, then set HF_TOKEN to an access token of that account.`,
    )
  if (code === 'RevisionNotFound')
    return of('missing-file', 'it has no such revision', 'Name a branch, a tag or a commit of it.')
  if (code === 'EntryNotFound')
    return of('missing-file', `it has no ${url.pathname}`, 'Give names of files that it has.')
  if (status === 401 || status === 403 || status === 404)
    return of(
      'missing-file',
      'there is no such repository, or it is not for everyone',
      'Check the name; for a private one set HF_TOKEN to an access token that may read it.',
    )
  if (status === 429)
    return of('unavailable', 'too many requests', 'Try again later; a HF_TOKEN raises the limit.')
  return of('unavailable', 'the hub failed', 'Try again later: what is already there is kept.')
}

/** A hub that does not answer at all. */
export function unreachable(cause: unknown, url: URL): IcrlError {
  const reason = (cause as Error).cause ?? cause
  return new IcrlError(
    `${url.origin} cannot be reached: ${reason instanceof Error ? reason.message : String(reason)}.`,
    {
      code: 'unavailable',
      remedy:
        'Check the connection, or set HF_ENDPOINT to a mirror; what is already downloaded is kept.',
      cause,
      triedEnough: true,
    },
  )
}
