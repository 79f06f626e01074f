import { parse, tokenize } from '@huggingface/jinja'
import type { Statement } from './nodes.ts'

const NEWLINES = /\r\n|\r/g
const RAW =
  /(?:^[ \t]*)?\{%(-?)\s*raw\s*(?:-%\}\s*|%\})(.*?)(\{%-|(?:^[ \t]*)?\{%)\s*endraw\s*(?:(-%\})|%\}\n?)/gms

/**
 * The statements of a template, parsed by `@huggingface/jinja` with the options of transformers
 * (`trim_blocks`, `lstrip_blocks`). As in Jinja2, every line end is `\n` whatever the file has, and
 * `{% raw %}` keeps its contents as they stand.
 *
 * @throws Error with what the parser says, and for comparisons in a chain (`0 < x < 9`), which it
 * would read as `(0 < x) < 9`
 */
export function parseTemplate(source: string): readonly Statement[] {
  const plain = source.replace(NEWLINES, '\n').replace(RAW, rawText)
  const tokens = tokenize(plain, { trim_blocks: true, lstrip_blocks: true })
  refuseChains(tokens)
  return parse(tokens).body as unknown as readonly Statement[]
}

/** Raw text as an expression that prints it. */
function rawText(_: string, open: string, text: string, end: string, close?: string): string {
  const kept = end === '{%-' ? text.trimEnd() : text
  return `{{${open} ${JSON.stringify(kept)} ${close === undefined ? '' : '-'}}}`
}

const OPENS = /^Open/
const CLOSES = /^Close/
/** Tokens behind which another comparison begins. */
const PARTS: ReadonlySet<string> = new Set(['Comma', 'Colon', 'Equals'])
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'if', 'else'])

function refuseChains(tokens: ReturnType<typeof tokenize>): void {
  const compared: (string | undefined)[] = [undefined]
  for (const { type, value } of tokens) {
    const isComparison =
      type === 'ComparisonBinaryOperator' || (type === 'Identifier' && value === 'in')
    const before = compared.at(-1)
    if (isComparison && before !== undefined)
      throw new Error(`"${before} … ${value}" compares in a chain; join two comparisons by "and"`)
    if (OPENS.test(type)) compared.push(undefined)
    else if (CLOSES.test(type)) compared.pop()
    else if (isComparison) compared[compared.length - 1] = value
    else if (PARTS.has(type) || (type === 'Identifier' && WORDS.has(value)))
      compared[compared.length - 1] = undefined
  }
}
