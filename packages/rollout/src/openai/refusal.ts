import type { ErrorCode } from '@icrl/core'

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

/** What an endpoint's error status means: whether it may pass, and in which words to report it. */
export function refusal(url: string, response: Response, text: string): Refusal {
  const { status } = response
  const what = `${url} answered ${status}: ${messageIn(text) || response.statusText || 'nothing more'}.`
  return {
    ...meaning(status, text),
    what,
    passing: PASSING.has(status) || status >= 500,
    waitMs: waitOf(response.headers),
  }
}

function meaning(status: number, text: string): { code: ErrorCode; remedy: string } {
  if (status === 401 || status === 403)
    return { code: 'invalid-option', remedy: 'Give an apiKey that may use this model.' }
  if (status === 404)
    return {
      code: 'invalid-option',
      remedy: "Check the model's name, and that baseUrl goes up to the version (…/v1).",
    }
  if (status === 400 && /context.{0,12}(size|length|window)/i.test(text))
    return {
      code: 'context-exceeded',
      remedy: 'Shorten the prompt, or give the endpoint a longer context.',
    }
  if (status === 429)
    return { code: 'unavailable', remedy: 'Lower the concurrency, or raise retries.' }
  if (status >= 500 || PASSING.has(status))
    return { code: 'unavailable', remedy: "See the endpoint's own log." }
  return {
    code: 'unavailable',
    remedy: 'The endpoint does not take this request; see its message.',
  }
}

/**
 * The message of `{"error":{"message"}}`, `{"error":"…"}`, `{"message"}` or `{"detail":…}`, or the
 * text itself if it is neither; at most 300 characters.
 */
function messageIn(text: string): string {
  let found: unknown
  try {
    const value = JSON.parse(text)
    found = value?.error?.message ?? value?.error ?? value?.message ?? value?.detail ?? text
  } catch {
    found = text
  }
  const words = typeof found === 'string' ? found : JSON.stringify(found)
  return words.length > 300 ? `${words.slice(0, 300)}…` : words.replace(/\.$/, '')
}

/** Milliseconds of OpenAI's `retry-after-ms`, else of `Retry-After` (seconds or a date). */
function waitOf(headers: Headers): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? NaN)
  if (milliseconds >= 0) return milliseconds
  const after = headers.get('retry-after')
  if (after === null) return undefined
  const wait = /^\s*\d+(\.\d+)?\s*$/.test(after)
    ? Number(after) * 1000
    : Date.parse(after) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}
