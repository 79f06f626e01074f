import { parse, tokenize } from '@huggingface/jinja'
import { controlSpace } from './control-space.ts'
import type { Statement } from './nodes.ts'

const NEWLINES = /\r\n|\r/g

/**
 * The statements of a template, parsed by `@huggingface/jinja`. As in Jinja2, every line end is `\n`
 * whatever the file has, and one at the end of the file does not count.
 *
 * @throws Error with what the parser says, and for comparisons in a chain (`0 < x < 9`), which it
 * would read as `(0 < x) < 9`
 */
export function parseTemplate(source: string): readonly Statement[] {
  const plain = source.replace(NEWLINES, '\n')
  const controlled = controlSpace(plain.endsWith('\n') ? plain.slice(0, -1) : plain)
  // The library takes off a last line end of its own.
  const tokens = tokenize(`${controlled}\n`)
  refuseChains(tokens)
  return parse(tokens).body as unknown as readonly Statement[]
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
