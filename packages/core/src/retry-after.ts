/** A header of an answer by its name, in lower case; null or undefined where it has none. */
export type HeaderLookup = (name: string) => string | null | undefined

const IN_MILLISECONDS = ['retry-after-ms', 'x-ms-retry-after-ms']

/**
 * Milliseconds that a server asks to wait before the next try, 0 or more: `retry-after-ms` (OpenAI,
 * Azure), else `Retry-After`, in seconds or as an HTTP date (RFC 9110, sections 10.2.3 and 5.6.7).
 * Undefined if it asks for nothing, or in a way that cannot be read.
 *
 * @param now milliseconds since 1970, to count a date from
 * @example
 * import { retryAfter } from '@icrl/core'
 * const headers = new Headers({ 'retry-after': '5' })
 * retryAfter((name) => headers.get(name), Date.now()) // 5000
 */
export function retryAfter(header: HeaderLookup, now: number): number | undefined {
  for (const name of IN_MILLISECONDS) {
    const milliseconds = leadingNumber(header(name))
    if (milliseconds !== undefined) return milliseconds
  }
  const asked = header('retry-after')
  const seconds = leadingNumber(asked)
  if (seconds !== undefined) return seconds * 1000
  const at = asked ? httpDate(asked.trim()) : NaN
  return Number.isFinite(at) ? Math.max(0, at - now) : undefined
}

/** A proxy may repeat a header: `5, 5` is 5. An empty one is none, not 0. */
function leadingNumber(text: string | null | undefined): number | undefined {
  const [, digits] = /^\s*(\d+(?:\.\d+)?)\s*(?:[,;]|$)/.exec(text ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

const WEEKDAY = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/
const ISO_DATE = /^\d{4}-\d\d-\d\dT/

/** `Date.parse` takes any words with a number in them for a date, and one without a zone for local. */
function httpDate(text: string): number {
  if (ISO_DATE.test(text)) return Date.parse(text)
  if (!WEEKDAY.test(text)) return NaN
  return Date.parse(/GMT|UTC|[+-]\d{4}$/.test(text) ? text : `${text} GMT`)
}
