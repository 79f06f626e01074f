import { strip } from './strings.ts'

/** A tag: its kind, what stands in it, and what its signs say of the text beside it. */
interface Tag {
  readonly kind: '%' | '{' | '#'
  readonly before: string
  readonly body: string
  readonly after: string
  /** Where the text behind it begins. */
  readonly end: number
}

const CLOSES = { '%': '%}', '{': '}}', '#': '#}' } as const
const ENDRAW = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g

/**
 * A template without white space control: what its signs (`{%-`, `+%}`) and the options of
 * transformers (`trim_blocks`, `lstrip_blocks`) take off is taken off, by Python's notion of white
 * space. `{% raw %}` becomes an expression that prints its contents, and `{% generation %}`, which
 * marks what an assistant says, a block with names of its own, as it is in transformers.
 *
 * A tag that does not close is left to the parser, which names it.
 */
export function controlSpace(source: string): string {
  let out = ''
  let at = 0
  let isLineStart = true
  for (;;) {
    const open = nextTag(source, at)
    const tag = open === undefined ? undefined : readTag(source, open)
    if (open === undefined || tag === undefined) return out + source.slice(at)
    out += apart(textBefore(source.slice(at, open), tag.kind, tag.before, isLineStart))
    const raw =
      tag.kind === '%' && strip(tag.body, 'both') === 'raw' ? readRaw(source, tag) : undefined
    out += raw ? `{{ ${JSON.stringify(raw.text)} }}` : written(tag)
    at = textStart(source, raw ? { ...raw, kind: '%' } : tag)
    isLineStart = source[at - 1] === '\n'
  }
}

function nextTag(source: string, from: number): number | undefined {
  for (let at = source.indexOf('{', from); at >= 0; at = source.indexOf('{', at + 1))
    if ('%{#'.includes(source[at + 1] ?? ' ')) return at
  return undefined
}

function readTag(source: string, open: number): Tag | undefined {
  const kind = source[open + 1] as Tag['kind']
  const sign = signAt(source, open + 2)
  const start = open + 2 + sign.length
  const close = kind === '#' ? source.indexOf('#}', start) : endOfCode(source, start, CLOSES[kind])
  if (close < 0) return undefined
  const after = close > start ? signAt(source, close - 1) : ''
  const body = source.slice(start, close - after.length)
  return {
    kind,
    before: sign,
    body,
    after: kind === '{' && after === '+' ? '' : after,
    end: close + 2,
  }
}

function signAt(source: string, at: number): string {
  return source[at] === '-' || source[at] === '+' ? source[at] : ''
}

/** Where code closes: not within text, nor within brackets. */
function endOfCode(source: string, start: number, close: string): number {
  let depth = 0
  for (let at = start; at < source.length; at++) {
    const letter = source[at]
    if (depth === 0 && source.startsWith(close, at)) return at
    if (letter === '"' || letter === "'") at = endOfText(source, at)
    else if ('([{'.includes(letter)) depth++
    else if (')]}'.includes(letter)) depth--
  }
  return -1
}

function endOfText(source: string, start: number): number {
  let at = start + 1
  while (at < source.length && source[at] !== source[start]) at += source[at] === '\\' ? 2 : 1
  return at
}

/** Text in front of a tag. `lstrip_blocks`: blanks at the start of its line go, too. */
function textBefore(text: string, kind: Tag['kind'], sign: string, isLineStart: boolean): string {
  if (sign === '-') return strip(text, 'end')
  if (sign === '+' || kind === '{') return text
  const line = text.lastIndexOf('\n') + 1
  const isBlank = strip(text.slice(line), 'both') === ''
  return isBlank && (line > 0 || isLineStart) ? text.slice(0, line) : text
}

/** Text whose last brace does not open a tag with the one that now follows at once. */
const apart = (text: string): string =>
  text.endsWith('{') ? `${text.slice(0, -1)}{{ "{" }}` : text

/** Where the text behind a tag begins. `trim_blocks`: behind a line end. */
function textStart(
  source: string,
  { kind, after, end }: Pick<Tag, 'kind' | 'after' | 'end'>,
): number {
  if (after === '-') return source.length - strip(source.slice(end), 'start').length
  return kind !== '{' && after === '' && source[end] === '\n' ? end + 1 : end
}

function readRaw(
  source: string,
  { after: sign, end: start }: Tag,
): { text: string; after: string; end: number } | undefined {
  ENDRAW.lastIndex = start
  const found = ENDRAW.exec(source)
  if (found === null) return undefined
  const [whole, before, after] = found
  const inside = source.slice(start, found.index)
  const text = textBefore(sign === '-' ? strip(inside, 'start') : inside, '%', before, false)
  return { text, after, end: found.index + whole.length }
}

function written({ kind, body }: Tag): string {
  const name = kind === '%' ? strip(body, 'both') : ''
  if (name === 'generation') return '{% filter string %}'
  if (name === 'endgeneration') return '{% endfilter %}'
  return kind === '#' ? '{##}' : `{${kind}${body}${CLOSES[kind]}`
}
