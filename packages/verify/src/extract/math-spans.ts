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
    if (match[0] === '$' && isMoney(text, from, close)) continue
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
 * A price: the next dollar sign opens another one ("$20 and gets $5", "$40 + $24"), or none comes
 * and the number ends there.
 */
function isMoney(text: string, from: number, close: number | undefined): boolean {
  const inside = text.slice(from, Math.min(close ?? text.length, from + 200))
  if (!/^\d[\d,]*(?:\.\d+)?(?:[*_)\]]*[.!?,;:]?\s|[*_)\]]+|[.!?]?$)/.test(inside)) return false
  return close === undefined
    ? !/[\\^=]/.test(inside.slice(0, 40))
    : /\d/.test(text[close + 1] ?? '') && /\s$/.test(inside)
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
