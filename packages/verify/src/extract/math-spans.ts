/** A stretch of mathematics in a text: `$…$` and `\(…\)` on one line, `$$…$$` and `\[…\]`. */
export interface MathSpan {
  readonly inside: string
  readonly start: number
  readonly end: number
}

interface Delimiter {
  readonly open: string
  readonly close: string
  readonly inline: boolean
}

const DELIMITERS: ReadonlyMap<string, Delimiter> = new Map([
  ['$$', { open: '$$', close: '$$', inline: false }],
  ['\\[', { open: '\\[', close: '\\]', inline: false }],
  ['\\(', { open: '\\(', close: '\\)', inline: true }],
  ['$', { open: '$', close: '$', inline: true }],
])
const OPENING = /\$\$|\$|\\[\s\S]/g

/** The spans of a text in order; `open` where an inline one does not close on its line. */
export function findMathSpans(text: string): { spans: MathSpan[]; open: boolean } {
  const spans: MathSpan[] = []
  const absent = new Set<string>()
  let open = false
  OPENING.lastIndex = 0
  for (let match = OPENING.exec(text); match; match = OPENING.exec(text)) {
    const delimiter = DELIMITERS.get(match[0])
    if (!delimiter || absent.has(delimiter.close)) continue
    const from = match.index + delimiter.open.length
    const close = findClose(text, from, delimiter)
    if (match[0] === '$' && isMoney(text, match.index, close)) continue
    if (close === undefined) {
      if (delimiter.inline) open = true
      else absent.add(delimiter.close)
      continue
    }
    const end = close + delimiter.close.length
    if (text.slice(from, close).trim() !== '')
      spans.push({ inside: text.slice(from, close), start: match.index, end })
    OPENING.lastIndex = end
  }
  return { spans, open }
}

/**
 * A price, `$20` or `15$`: a dollar sign beside a number that no other one closes as it closes a
 * formula, against the last character and not before a digit ("$20 and gets $5", "$40+$24").
 */
function isMoney(text: string, at: number, close: number | undefined): boolean {
  const inside = text.slice(at + 1, Math.min(close ?? text.length, at + 201))
  const behindNumber = /\d\s?$/.test(text.slice(Math.max(0, at - 2), at))
  const beforeNumber = /^\s?[-−]?(?:\d|\.\d)/.test(inside)
  if (!beforeNumber && !behindNumber) return false
  if (close === undefined)
    return behindNumber && !/^\S/.test(inside.replace(/^[.,;:!?)*/]/, ' '))
      ? true
      : beforeNumber && !/^\s?[-−]?[\d.,]+\s*(?:[\\^_{]|[A-Za-z]\b)/.test(inside)
  if (!beforeNumber)
    return /^\s/.test(inside) && (!/\s$/.test(inside) || /[A-Za-z]{2,}\s+[A-Za-z]{2,}/.test(inside))
  return (
    /\d/.test(text[close + 1] ?? '') || (/\s$/.test(inside) && !/^\s|^[-−\d.,]+\s$/.test(inside))
  )
}

function findClose(text: string, from: number, { close, inline }: Delimiter): number | undefined {
  const line = inline ? text.indexOf('\n', from) : -1
  const last = line < 0 ? text.length : line
  for (let i = from; i < last; i++) {
    if (text.startsWith(close, i)) return i
    if (text[i] === '\\') i++
  }
  return undefined
}
