import { IcrlError, nearestMatch, publicAddress, retryAfter } from '@icrl/core'
import { endpointAddress, type EndpointAddress } from '@icrl/rollout/openai'

/** How an OpenAI-compatible endpoint is reached. */
export interface EndpointOptions {
  /** Name of the environment variable that holds the key. @defaultValue no key is sent */
  readonly apiKeyEnv?: string
  /** Seconds a request may take. */
  readonly requestTimeout: number
  /** Further tries of a request. */
  readonly retries: number
  /** Further fields of every request. */
  readonly body?: Readonly<Record<string, never>>
  /** Fields that the model does not take. */
  readonly omit?: readonly string[]
}

/** An address and, if named, a model. */
export interface NamedEndpoint {
  /** The address up to and including the version, such as `/v1`. */
  readonly baseUrl: string
  readonly model?: string
}

const PREFIX = 'openai:'
const EXAMPLE = 'Write it as openai:http://127.0.0.1:8200/v1#model.'

/** True if the text names an endpoint rather than a folder. */
export function isEndpoint(spec: string): boolean {
  return spec.startsWith(PREFIX) || /^https?:\/\//.test(spec)
}

/**
 * The address in `openai:<base-url>[#model]`. A bare host stands for its `/v1`.
 *
 * @throws `invalid-option`
 */
export function parseEndpoint(spec: string): NamedEndpoint {
  const refuse = (): IcrlError =>
    new IcrlError(`"${shownSpec(spec)}" is no address of an endpoint.`, {
      code: 'invalid-option',
      remedy: EXAMPLE,
    })
  if (!spec.startsWith(PREFIX) || !URL.canParse(spec.slice(PREFIX.length))) throw refuse()
  const url = new URL(spec.slice(PREFIX.length))
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse()
  const model = decodeURIComponent(url.hash.slice(1))
  url.hash = ''
  if (url.pathname === '/') url.pathname = '/v1'
  url.pathname = url.pathname.replace(/\/+$/, '')
  return { baseUrl: url.href, ...(model !== '' && { model }) }
}

/** The text as it may be printed: the address in it may hold a password. */
function shownSpec(spec: string): string {
  return spec.startsWith(PREFIX)
    ? `${PREFIX}${publicAddress(spec.slice(PREFIX.length))}`
    : publicAddress(spec)
}

/** The key in the environment variable of that name. */
export function apiKeyIn(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const key = process.env[name]?.trim()
  if (!key)
    throw new IcrlError(`--api-key-env: the environment has no ${name}.`, {
      code: 'invalid-option',
      remedy: `Set ${name}, or leave the option out for an endpoint without keys.`,
    })
  // `fetch` would quote the key in its error.
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new IcrlError(
    `--api-key-env: ${name} has a blank, a line break or a letter beyond ASCII.`,
    {
      code: 'invalid-option',
      remedy: 'Give one key, on one line.',
    },
  )
}

/**
 * The model to ask: the one named, or the only one `GET {baseUrl}/models` lists. Asking for the
 * list also finds out early that an endpoint is down, is something else, or does not know the
 * model.
 *
 * @throws `unavailable` if it is down or not such an endpoint, `timeout`, `invalid-option` for a
 * key that is refused, a model that is not listed, or none named among several
 */
export async function endpointModel(
  { baseUrl, model }: NamedEndpoint,
  options: EndpointOptions,
): Promise<string> {
  const address = endpointAddress(baseUrl, 'icrl eval')
  const [url, shown] = [address.shown('/models'), address.shown('')]
  const { status, text } = await getWithRetries(address, options)
  if (status === 401 || status === 403)
    throw new IcrlError(`${url} answered ${status}: the key is missing or refused.`, {
      code: 'invalid-option',
      remedy: 'Name the environment variable that holds it: --api-key-env NAME.',
    })
  const known = status === 200 ? modelNames(text) : undefined
  if (!known && model !== undefined && status >= 400 && status < 500) return model
  if (!known)
    throw new IcrlError(
      `${url} answered ${status} with ${describeText(text)}, not a list of models.`,
      {
        code: 'unavailable',
        remedy:
          'Check that the address goes up to the version (…/v1) and that an OpenAI-compatible server answers there.',
      },
    )
  if (model === undefined && known.length === 1) return known[0]
  const listed = known.slice(0, 10).join(', ') + (known.length > 10 ? ', …' : '')
  if (model === undefined)
    throw new IcrlError(`${shown} has ${known.length} models.`, {
      code: 'invalid-option',
      remedy: `Name one after #: ${listed || EXAMPLE}`,
    })
  if (known.length === 0 || known.includes(model)) return model
  const meant = nearestMatch(model, known)
  throw new IcrlError(`${shown} has no model "${model}".`, {
    code: 'invalid-option',
    remedy: meant ? `Did you mean "${meant}"?` : `It has ${listed}.`,
  })
}

/** Ids of `{"data": [{"id"}]}`; undefined for anything else. */
function modelNames(text: string): string[] | undefined {
  try {
    const { data } = JSON.parse(text) as { data?: unknown }
    return Array.isArray(data)
      ? data.flatMap((entry: { id?: unknown } | null) =>
          typeof entry?.id === 'string' ? [entry.id] : [],
        )
      : undefined
  } catch {
    return undefined
  }
}

function describeText(text: string): string {
  const start = text.trim().slice(0, 120).replace(/\s+/g, ' ')
  if (/^<(!doctype|html|\?xml)/i.test(start)) return 'a web page'
  return start === '' ? 'nothing' : `"${start}"`
}

interface Answer {
  readonly status: number
  readonly text: string
  /** Milliseconds the server asks to wait. */
  readonly waitMs?: number
}

/** Longest wait before a further try, whatever the server asks for. */
const LONGEST_WAIT_MS = 60_000

async function getWithRetries(
  address: EndpointAddress,
  { requestTimeout, retries, apiKeyEnv }: EndpointOptions,
): Promise<Answer> {
  const key = apiKeyIn(apiKeyEnv)
  for (let tries = 1; ; tries++) {
    const answer = await getOnce(address, requestTimeout * 1000, key)
    const isPassing = answer.status === 429 || answer.status >= 500
    if (!isPassing || tries > retries) return answer
    const wait = answer.waitMs ?? Math.min(10_000, 250 * 2 ** tries)
    await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_WAIT_MS, wait)))
  }
}

async function getOnce(
  { at, shown, authorization }: EndpointAddress,
  timeoutMs: number,
  key: string | undefined,
): Promise<Answer> {
  const url = shown('/models')
  const given = key === undefined ? authorization : `Bearer ${key}`
  try {
    const response = await fetch(at('/models'), {
      headers: { accept: 'application/json', ...(given !== undefined && { authorization: given }) },
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return {
      status: response.status,
      text: key === undefined ? text : text.replaceAll(key, '[hidden]'),
      waitMs: retryAfter((name) => response.headers.get(name), Date.now()),
    }
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'TimeoutError')
      throw new IcrlError(`${url} did not answer within ${timeoutMs / 1000} s.`, {
        code: 'timeout',
        remedy: 'Check that the endpoint runs, or raise --request-timeout.',
        cause,
      })
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const reason =
      inner instanceof Error
        ? inner.message || String((inner as { code?: unknown }).code)
        : String(inner)
    throw new IcrlError(`${url} cannot be reached: ${reason}.`, {
      code: 'unavailable',
      remedy: 'Check that the endpoint runs and the address is right.',
      cause,
    })
  }
}
