import { IcrlError } from '@icrl/core'

/** Python's `strftime` for one day, at midnight, with English names. */
export type FormatDate = (format: string) => string

/**
 * @param day such as `2026-01-31`
 * @throws `invalid-option` for anything else; what it returns throws an `Error` for a directive
 * that it does not know
 */
export function formatDate(day: string): FormatDate {
  const date = new Date(`${day}T00:00:00Z`)
  if (
    !/^\d{4}-\d\d-\d\d$/.test(day) ||
    !Number.isFinite(date.getTime()) ||
    !date.toJSON().startsWith(day)
  )
    throw new IcrlError(`chatRenderer: date is ${JSON.stringify(day)}, not a day.`, {
      code: 'invalid-option',
      remedy: 'Write year, month and day, such as "2026-01-31".',
    })
  const name = (part: Intl.DateTimeFormatOptions): string =>
    date.toLocaleDateString('en-US', { ...part, timeZone: 'UTC' })
  const [year, month, dayOfMonth] = day.split('-')
  const directives: ReadonlyMap<string, string> = new Map([
    ['%Y', year],
    ['%y', year.slice(2)],
    ['%m', month],
    ['%d', dayOfMonth],
    ['%-m', String(Number(month))],
    ['%-d', String(Number(dayOfMonth))],
    ['%B', name({ month: 'long' })],
    ['%b', name({ month: 'short' })],
    ['%A', name({ weekday: 'long' })],
    ['%a', name({ weekday: 'short' })],
    ['%H', '00'],
    ['%M', '00'],
    ['%S', '00'],
    ['%%', '%'],
  ])
  return (format) =>
    format.replace(/%-?./g, (directive) => {
      const written = directives.get(directive)
      if (written === undefined) throw new Error(`strftime_now does not know "${directive}"`)
      return written
    })
}
