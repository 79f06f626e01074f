import { IcrlError } from '@icrl/core'
import { nearestMatch } from '../../config/nearest-match.ts'

/** How an OpenAI-compatible endpoint is reached. */
export interface EndpointOptions {
  /** Name of the environment variable that holds the key. Default: no key is sent. */
  readonly apiKeyEnv?: string
  /** Seconds a request may take. */
  readonly requestTimeout: number
  /** Further tries of a request. */
  readonly retries: number
  /** Further fields of every request. */
  readonly body?: Readonly<Record<string, never>>
}

/** An address and, if named, a model. */
export interface EndpointAddress {
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
export function parseEndpoint(spec: string): EndpointAddress {
  const refuse = (): IcrlError =>
    new IcrlError(`"${spec}" is no address of an endpoint.`, {
      code: 'invalid-option',
      remedy: EXAMPLE,
    })
  if (!spec.startsWith(PREFIX) || !URL.canParse(spec.slice(PREFIX.length))) throw refuse()
  const url = new URL(spec.slice(PREFIX.length))
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse()
  const model = decodeURIComponent(url.hash.slice(1))
  url.hash = ''
  if (url.pathname === '/') url.pathname = '/v1'
  return { baseUrl: url.href.replace(/\/+$/, ''), ...(model !== '' && { model }) }
}

/** The key in the environment variable of that name. */
export function apiKeyIn(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  const key = process.env[name]
  if (key) return key
  throw new IcrlError(`--api-key-env: the environment has no ${name}.`, {
    code: 'invalid-option',
    remedy: `Set ${name}, or leave the option out for an endpoint without keys.`,
  })
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
  { baseUrl, model }: EndpointAddress,
  options: EndpointOptions,
): Promise<string> {
  const url = `${baseUrl}/models`
  const { status, text } = await getWithRetries(url, options)
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
    throw new IcrlError(`${baseUrl} has ${known.length} models.`, {
      code: 'invalid-option',
      remedy: `Name one after #: ${listed || EXAMPLE}`,
    })
  if (known.length === 0 || known.includes(model)) return model
  const meant = nearestMatch(model, known)
  throw new IcrlError(`${baseUrl} has no model "${model}".`, {
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
}

async function getWithRetries(
  url: string,
  { requestTimeout, retries, apiKeyEnv }: EndpointOptions,
): Promise<Answer> {
  const key = apiKeyIn(apiKeyEnv)
  for (let tries = 1; ; tries++) {
    const answer = await getOnce(url, requestTimeout * 1000, key)
    const isPassing = answer.status === 429 || answer.status >= 500
    if (!isPassing || tries > retries) return answer
    await new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 250 * 2 ** tries)))
  }
}

async function getOnce(url: string, timeoutMs: number, key: string | undefined): Promise<Answer> {
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    })
    return { status: response.status, text: await response.text() }
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
