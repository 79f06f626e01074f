import { Undecidable } from '../undecidable.ts'
import { accept, cursorOver, fail, isCommand, isMark, nested, peek, type Cursor } from './cursor.ts'
import type { Node, RelationSign } from './node.ts'
import { asCongruence, spreadModulus } from './parse-modulus.ts'
import { parseSum } from './parse-expression.ts'
import { startsOperand } from './parse-atom.ts'
import type { Token } from './token.ts'
import { tokenize } from './tokenize.ts'
import { FILLERS, LEADING, REASONS } from './words.ts'
import { splitClauses, type Clause } from './clauses.ts'
import { readCondition } from './read-condition.ts'
import { CURRENCY_MARKS } from './units.ts'
import { openAlignments } from './open-alignments.ts'
import { openRemarks } from './open-remarks.ts'
import { wordsAsMarks } from './words-as-marks.ts'
import { numbersInWords } from './numbers-in-words.ts'

const RELATIONS = ['=', '!=', '<', '<=', '>', '>=', '≈', '≡', '∈', '∉', '⊂', '⊆', '→', '⇒', '⇔']
/** Marks that say nothing wherever they stand. */
const NOISE = new Set(['"', '`', '#', '?'])
const TRAILING_WORDS = new Set([
  'only',
  'exactly',
  'total',
  'altogether',
  'overall',
  'approximately',
])
const TRAILING = new Set(['.', ',', ';', ':', '"', '\\\\', 'quad', '`'])

/**
 * The tree of an answer, in LaTeX or plain notation.
 *
 * @param answer after `normalizeCharacters`
 * @throws Undecidable where it is not mathematics this grammar reads
 */
export function parseAnswer(answer: string): Node {
  const written = withoutNoise(tokenize(answer))
  const hasWords = written.some(({ kind }) => kind === 'word' || kind === 'begin')
  const opened = openRemarks(hasWords ? openAlignments(written) : written)
  if (!hasWords && opened === written) return parseTokens(written)
  const tokens = wordsAsMarks(numbersInWords(opened))
  const clauses = splitClauses(tokens)
  if (clauses.every(({ opener }) => opener === '')) return parseTokens(tokens)
  if (clauses.length === 1 && REASONS.has(clauses[0].opener)) return parseTokens(clauses[0].value)
  return {
    type: 'piecewise',
    values: clauses.map(({ value }) => parseTokens(value)),
    conditions: clauses.map(readClause),
    openers: clauses.map(({ opener }) => opener),
  }
}

function withoutNoise(tokens: readonly Token[]): readonly Token[] {
  const isNoise = ({ kind, text }: Token): boolean =>
    kind === 'mark' ? NOISE.has(text) : text === 'respectively'
  return tokens.some(isNoise) ? tokens.filter((token) => !isNoise(token)) : tokens
}

function readClause({ opener, condition }: Clause): Node {
  if (opener === 'otherwise' || opener === '') return { type: 'words', text: opener }
  return readCondition(condition, parseTokens)
}

function parseTokens(tokens: readonly Token[]): Node {
  const cursor = cursorOver(trim(tokens))
  if (cursor.tokens.length === 0) throw new Undecidable('nothing there')
  const above = parseList(cursor)
  const node = parseBelow(cursor, above)
  if (cursor.position < cursor.tokens.length) fail(cursor, 'the end')
  return node
}

/** `a \over b` and `n \choose k` without the braces around them. */
function parseBelow(cursor: Cursor, above: Node): Node {
  const command = peek(cursor)
  if (!isCommand(command, 'over', 'choose')) return above
  cursor.position++
  const below = parseSum(cursor)
  return command?.text === 'over'
    ? { type: 'quotient', over: above, under: below }
    : { type: 'call', name: 'binomial', of: [above, below] }
}

/** Without punctuation and fillers around it. */
function trim(kept: readonly Token[]): readonly Token[] {
  let [start, end] = [0, kept.length]
  while (
    start < end - 1 &&
    kept[start].kind === 'word' &&
    (isFiller(kept[start].text) || LEADING.has(kept[start].text.toLowerCase()))
  )
    start++
  while (
    start < end &&
    kept[start].kind === 'mark' &&
    (kept[start].text === '=' ||
      kept[start].text === '≈' ||
      kept[start].text === ':' ||
      kept[start].text === '⇒' ||
      kept[start].text === '→' ||
      TRAILING.has(kept[start].text))
  )
    start++
  while (end > start + 1 && endsInFiller(kept, end)) end--
  return kept.slice(start, end)
}

/** Punctuation, "exactly", "in total" or the square that ends a proof. */
function endsInFiller(tokens: readonly Token[], end: number): boolean {
  const [last, next] = [tokens[end - 1], tokens[end]]
  if (last.kind === 'mark') return TRAILING.has(last.text)
  if (last.kind === 'word')
    return TRAILING_WORDS.has(last.text) || (last.text === 'in' && next?.text === 'total')
  return isCommand(last, 'square', 'Box', 'qed')
}

/** `a` and `A` may be a choice. */
function isFiller(word: string): boolean {
  return word.length > 1 && FILLERS.has(word.toLowerCase())
}

/**
 * Items separated by commas, semicolons, "and" and "or"; commas bind closer than semicolons:
 * `p=5,q=2;p=7,q=2`.
 */
export function parseList(cursor: Cursor): Node {
  return nested(cursor, () => {
    const outer: Node[][] = [[]]
    let alternatives = false
    let semicolons = false
    for (;;) {
      outer[outer.length - 1].push(parseRelation(cursor))
      const separators = readSeparators(cursor)
      if (separators.length === 0) break
      alternatives ||= separators.includes('or') || separators.includes('∨')
      if (separators.includes(';')) {
        semicolons = true
        outer.push([])
      }
      if (
        !startsOperand(cursor) &&
        !isMark(peek(cursor), '-', '+', '±', '|', ...CURRENCY_MARKS.keys())
      )
        break
    }
    const rows = outer.filter((row) => row.length > 0)
    if (semicolons && rows.some((row) => row.length > 1))
      return {
        type: 'list',
        alternatives,
        of: rows.map((of) =>
          of.length === 1 ? of[0] : { type: 'group', open: '(', close: ')', of },
        ),
      }
    const items = rows.flat()
    return items.length === 1 ? items[0] : { type: 'list', of: spreadModulus(items), alternatives }
  })
}

function readSeparators(cursor: Cursor): string[] {
  const found: string[] = []
  for (;;) {
    const token = peek(cursor)
    const isSeparator =
      isMark(token, ',', ';', 'quad', '∧', '∨') ||
      (token?.kind === 'word' && (token.text === 'and' || token.text === 'or'))
    if (!token || !isSeparator) break
    found.push(token.text)
    cursor.position++
  }
  return found
}

/** Sides joined by relation signs. */
function parseRelation(cursor: Cursor): Node {
  const sides = [parseSet(cursor)]
  const signs: RelationSign[] = []
  for (let sign = accept(cursor, ...RELATIONS); sign; sign = accept(cursor, ...RELATIONS)) {
    // `\approx` after `=` and the like: the last of several signs counts
    while (isMark(peek(cursor), '≈', '=')) sign = accept(cursor, '≈', '=') ?? sign
    signs.push(sign.text as RelationSign)
    sides.push(
      sign.text === '∈' || sign.text === '∉' ? asNumberSet(parseSet(cursor)) : parseSet(cursor),
    )
  }
  return signs.length === 0 ? sides[0] : asCongruence({ type: 'relation', sides, signs })
}

/** The R of `x ∈ R`, typed without its bold. */
function asNumberSet(node: Node): Node {
  return node.type === 'symbol' && /^[RZNQC]$/.test(node.name)
    ? { type: 'numberSet', name: node.name }
    : node
}

/** Unions, intersections and differences of sets. */
function parseSet(cursor: Cursor): Node {
  let left = parseRatio(cursor)
  for (
    let operator = accept(cursor, '∪', '∩', '∖');
    operator;
    operator = accept(cursor, '∪', '∩', '∖')
  ) {
    left = {
      type: 'setOperation',
      operator: operator.text as '∪' | '∩' | '∖',
      left,
      right: parseRatio(cursor),
    }
  }
  return left
}

/** `2:3:5`, `1 to 2`; a colon in a set's braces ends its subject instead. */
function parseRatio(cursor: Cursor): Node {
  const parts = [parseSum(cursor)]
  for (;;) {
    const token = peek(cursor)
    const isRatio =
      (isMark(token, ':') && !cursor.builder) || (token?.kind === 'word' && token.text === 'to')
    if (!isRatio) return parts.length === 1 ? parts[0] : { type: 'ratio', of: parts }
    cursor.position++
    parts.push(parseSum(cursor))
  }
}
