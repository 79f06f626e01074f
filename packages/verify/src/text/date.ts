import { STYLE, TEXT_COMMAND } from './plain-words.ts'

/** A day of the year, and the year where it is named. */
export interface CalendarDate {
  readonly month: number
  readonly day: number
  readonly year: number | undefined
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?'
const DAY = '(\\d{1,2})(?:st|nd|rd|th)?'
const YEAR = '(?:,? (\\d{4}))?'
const MONTH_FIRST = new RegExp(`^(?:the )?${MONTH} (?:the )?${DAY}${YEAR}$`)
const DAY_FIRST = new RegExp(`^(?:the )?${DAY} (?:of )?${MONTH}${YEAR}$`)

/** The date an answer is: `March 3rd`, `20 June`, `\text{5th of May, 2020}`. */
export function calendarDate(answer: string): CalendarDate | undefined {
  if (!/[A-Za-z]{3}|-\d\d-|月/.test(answer) || answer.length > 100) return undefined
  const text = answer
    .replace(/\^\s*\{?\s*(?:\\(?:text|mathrm)\s*\{)?(st|nd|rd|th)\}*/g, '$1')
    .replace(TEXT_COMMAND, ' $1 ')
    .replace(STYLE, ' ')
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '')
    .trim()
    .toLowerCase()
  const [first, second] = [MONTH_FIRST.exec(text), DAY_FIRST.exec(text)]
  const found = first ?? second
  if (!found) return numericDate(text)
  const [name, day] = first ? [found[1], found[2]] : [found[2], found[1]]
  return {
    month: MONTHS.indexOf(name.slice(0, 3)),
    day: Number(day),
    year: found[3] === undefined ? undefined : Number(found[3]),
  }
}

/** `2021-03-05`, `5月3日`, `2021年5月3日` */
function numericDate(text: string): CalendarDate | undefined {
  const match =
    /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ??
    /^(?:(\d{4}) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号號]$/.exec(text)
  if (!match || Number(match[2]) > 12) return undefined
  return {
    year: match[1] === undefined ? undefined : Number(match[1]),
    month: Number(match[2]) - 1,
    day: Number(match[3]),
  }
}

export function sameDate(a: CalendarDate, b: CalendarDate): boolean {
  const sameYear = a.year === undefined || b.year === undefined || a.year === b.year
  return a.month === b.month && a.day === b.day && sameYear
}
