/** White space as Python's `str.isspace` has it: no byte order mark, but \x1c–\x1f and NEL. */
const SPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/

const SPACES = new RegExp(`[${SPACE}]+`)
const LEADING = new RegExp(`^[${SPACE}]+`)

export type Side = 'start' | 'end' | 'both'

/**
 * Python's `strip`, `lstrip` and `rstrip`: takes off white space, or any of the given characters.
 */
export function strip(text: string, side: Side, characters?: string): string {
  const letters = [...text]
  const isTaken =
    characters === undefined
      ? (letter: string) => SPACES.test(letter)
      : (letter: string) => [...characters].includes(letter)
  let start = 0
  let end = letters.length
  if (side !== 'end') while (start < end && isTaken(letters[start])) start++
  if (side !== 'start') while (end > start && isTaken(letters[end - 1])) end--
  return letters.slice(start, end).join('')
}

/** Python's `split`: at white space, or at a separator; `limit` splits at most. */
export function split(text: string, separator: string | undefined, limit: number): string[] {
  if (separator === undefined) return splitAtSpace(text.replace(LEADING, ''), limit)
  if (separator === '') throw new Error('empty separator')
  const parts = text.split(separator)
  if (limit < 0 || parts.length <= limit + 1) return parts
  return [...parts.slice(0, limit), parts.slice(limit).join(separator)]
}

function splitAtSpace(text: string, limit: number): string[] {
  const parts: string[] = []
  let rest = text
  while (rest !== '') {
    const found = parts.length === limit ? null : SPACES.exec(rest)
    if (found === null) return [...parts, rest]
    parts.push(rest.slice(0, found.index))
    rest = rest.slice(found.index + found[0].length)
  }
  return parts
}

/** Python's `rsplit` at a separator, from the end. */
export function splitFromEnd(text: string, separator: string | undefined, limit: number): string[] {
  if (limit < 0) return split(text, separator, -1)
  const reversed = (letters: string): string => [...letters].reverse().join('')
  return split(reversed(text), separator && reversed(separator), limit)
    .map(reversed)
    .reverse()
}

/** Python's `splitlines`: a last line end opens no further line. */
export function splitLines(text: string): string[] {
  const lines = text.split(LINE_END)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Python's `capitalize`. */
export function capitalize(text: string): string {
  const [first = '', ...rest] = text
  return first.toUpperCase() + rest.join('').toLowerCase()
}

/** Python's `title`: every run of letters begins with a capital. */
export function title(text: string): string {
  return text.replace(/\p{L}+/gu, capitalize)
}

/** Jinja's `title` filter: words end at white space, hyphens and brackets only. */
export function titleWords(text: string): string {
  return text.replace(new RegExp(`[^-${SPACE}({[<]+`, 'g'), capitalize)
}

/** Python's `replace`: an empty pattern is found between all characters. */
export function replace(text: string, old: string, by: string, count: number): string {
  const parts = old === '' ? ['', ...text, ''] : text.split(old)
  const times = count < 0 ? parts.length : count
  return parts.reduce((done, part, i) => done + (i <= times ? by : old) + part)
}

/** Jinja's `indent` filter. */
export function indent(text: string, by: string, first: boolean, blank: boolean): string {
  const lines = splitLines(`${text}\n`)
  const indented = lines.map((line, i) => (i > 0 && (blank || line !== '') ? by + line : line))
  return (first ? by : '') + indented.join('\n')
}
