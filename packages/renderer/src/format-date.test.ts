import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { formatDate } from './format-date.ts'

describe('formatDate', () => {
  it('writes a day as strftime does, whatever the time zone is', () => {
    const format = formatDate('2026-03-01')
    expect(format('%Y-%m-%d')).toBe('2026-03-01')
    expect(format('%d %B %Y, %b %-d')).toBe('01 March 2026, Mar 1')
    expect(format('%A, %a, %y %-m, %H:%M:%S, 100%%')).toBe('Sunday, Sun, 26 3, 00:00:00, 100%')
  })

  it('refuses a directive that it does not know, by name', () => {
    expect(() => formatDate('2026-03-01')('%Y %c')).toThrow('strftime_now does not know "%c"')
  })

  it.each(['', '2026-3-1', '2026-02-30', 'yesterday', '2026-03-01T10:00'])(
    'refuses %j as a day',
    (day) => {
      let error: unknown
      try {
        formatDate(day)
      } catch (caught) {
        error = caught
      }
      expect(isIcrlError(error, 'invalid-option')).toBe(true)
    },
  )
})
