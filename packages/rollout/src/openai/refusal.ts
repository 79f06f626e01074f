import { retryAfter, type ErrorCode } from '@icrl/core'
import { isContextOverflow } from './context-overflow.ts'
import type { ErrorBody } from './error-body.ts'

/** Why a try had no result. */
export interface Refusal {
  readonly what: string
  readonly code: ErrorCode
  readonly remedy: string
  readonly cause?: unknown
  /** True if another try may succeed. */
  readonly passing: boolean
  /** Milliseconds the server asks to wait. */
  readonly waitMs?: number
}

const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429])
const NO_MONEY = /insufficient[ _](?:quota|balance|credits?|funds)|check your plan and billing/i

/**
 * What an endpoint's error means: whether it may pass, and in which words to report it.
 *
 * @param where the address, for the message
 * @param body what it says; an error in an answer with status 200 may name the status it means
 * @param fields names of the fields of the request
 */
export function refusal(
  where: string,
  response: Response,
  body: ErrorBody,
  fields: readonly string[],
): Refusal {
  const status = response.ok ? (body.status ?? response.status) : response.status
  const mayPass =
    (PASSING.has(status) && !NO_MONEY.test(body.words)) || status >= 500 || status < 400
  const what = `${where} answered ${response.status}: ${body.message || response.statusText || 'nothing more'}.`
  const { code, remedy } = meaning(status, body.words, fields)
  return {
    what,
    code,
    remedy,
    passing: mayPass && code !== 'context-exceeded',
    waitMs: retryAfter((name) => response.headers.get(name), Date.now()) ?? body.waitMs,
  }
}

function meaning(
  status: number,
  words: string,
  fields: readonly string[],
): { code: ErrorCode; remedy: string } {
  if (status === 401 || status === 403)
    return { code: 'invalid-option', remedy: 'Give an apiKey that may use this model.' }
  if (status === 404)
    return {
      code: 'invalid-option',
      remedy: "Check the model's name, and that baseUrl goes up to the version (…/v1).",
    }
  if (status === 429)
    return {
      code: 'unavailable',
      remedy: NO_MONEY.test(words)
        ? 'The account has nothing left to spend: see its billing.'
        : 'Lower the concurrency, or raise retries.',
    }
  if (isContextOverflow(words, status))
    return {
      code: 'context-exceeded',
      remedy: 'Shorten the prompt, or give the endpoint a longer context.',
    }
  if (status >= 500 || status < 400 || PASSING.has(status))
    return { code: 'unavailable', remedy: "See the endpoint's own log." }
  const field = refusedField(words, fields)
  return {
    code: 'unavailable',
    remedy: field
      ? `Leave the field out: omit: ['${field}'], on the command line --omit ${field}.`
      : 'The endpoint does not take this request; see its message.',
  }
}

const NOT_TAKEN =
  /unsupported|not (?:supported|permitted|allowed|accepted)|does ?n[o']t support|unknown|unrecognized|unexpected|extra[ _](?:inputs?|fields?|forbidden)|deprecated/i

/** Fields of this package's own that an answer does not need. */
const OPTIONAL = [
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'seed',
  'stream',
]

/** Of these fields, the optional one that an endpoint says it does not take. */
export function refusedField(words: string, fields: readonly string[]): string | undefined {
  if (!NOT_TAKEN.test(words)) return undefined
  return OPTIONAL.filter((field) => fields.includes(field)).find((field) =>
    new RegExp(`(?<![\\w-])${field}(?![\\w-])`).test(words),
  )
}
