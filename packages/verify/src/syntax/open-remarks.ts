import { isMark } from './cursor.ts'
import type { Token } from './token.ts'
import { CLAUSES } from './words.ts'

/** Words of a remark that says nothing. */
const EMPTY = new Set(['only', 'exactly', 'total', 'in', 'exact', 'answer', 'final', 'the'])
const APPROXIMATE = new Set(['approximately', 'approx', 'about', 'roughly', 'around', 'nearly'])
const RELATIONS = ['=', '!=', '<', '<=', '>', '>=', '∈', '∉']

/**
 * The tokens without the brackets of a remark at their end: `n = 2k (k ∈ ℤ)` as `n = 2k` where `k ∈
 * ℤ`, `\frac34 (or 75%)` as two alternatives.
 */
export function openRemarks(tokens: readonly Token[]): readonly Token[] {
  let end = tokens.length
  while (end > 0 && isMark(tokens[end - 1], '.', ',')) end--
  if (!isMark(tokens[end - 1], ')')) return tokens
  let start = end - 1
  for (let depth = 1; depth > 0 && start > 0;) {
    start--
    if (isMark(tokens[start], ')')) depth++
    else if (isMark(tokens[start], '(')) depth--
  }
  const [inside, opening] = [tokens.slice(start + 1, end - 1), tokens[start]]
  const [first] = inside
  if (start === 0 || first === undefined || !isMark(opening, '(')) return tokens
  const word = first.kind === 'word' ? first.text.toLowerCase() : ''
  const before = tokens.slice(0, start)
  if (inside.every(({ kind, text }) => kind === 'word' && EMPTY.has(text.toLowerCase())))
    return before
  // `\sqrt2 (≈ 1.41)`, `\sqrt2 \text{ (about 1.41)}`
  if (inside.length > 1 && (isMark(first, '≈') || APPROXIMATE.has(word)))
    return [...before, { kind: 'mark', text: '≈', gap: true }, ...inside.slice(1)]
  if (word === 'or' || CLAUSES.has(word)) return [...tokens.slice(0, start), ...inside]
  const isRelation =
    opening.gap &&
    inside.some((token) => isMark(token, ...RELATIONS)) &&
    !inside.some((token) => isMark(token, '(', ')')) &&
    !isMark(
      tokens[start - 1],
      ...RELATIONS,
      '∪',
      '∩',
      ',',
      ';',
      '(',
      '[',
      '{',
      '\\{',
      '+',
      '-',
      '*',
      '/',
      '∨',
      '∧',
      '→',
      '⇒',
    )
  return isRelation
    ? [...tokens.slice(0, start), { kind: 'word', text: 'where', gap: true }, ...inside]
    : tokens
}
