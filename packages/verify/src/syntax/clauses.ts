import { isMark } from './cursor.ts'
import type { Token } from './token.ts'
import { CLAUSES, isParameterWord, REASONS } from './words.ts'

/** A value of an answer with the clause behind it: `x`, `if`, `x > 0`. */
export interface Clause {
  readonly value: Token[]
  /** The word that opens the condition; empty where there is none. */
  opener: string
  readonly condition: Token[]
}

const OTHERWISE = new Set(['otherwise', 'else'])
const RELATION_MARKS = ['=', '!=', '<', '<=', '>', '>=', '≈', '≡', '∈', '∉', '⊂', '⊆']
const SEPARATORS = [',', ';', 'quad', '∧', '∨', '\\\\', '.']

/**
 * The values of an answer with their conditions, `7 \text{ if yes, } 8 \text{ if no}`: one clause
 * without a condition where no word opens any. What a reason says ("since …") is left out.
 */
export function splitClauses(tokens: readonly Token[]): readonly Clause[] {
  const clauses: Clause[] = [newClause()]
  let depth = 0
  for (const [i, token] of tokens.entries()) {
    let current = clauses[clauses.length - 1]
    if (isMark(token, '(', '[', '{', '\\{', '⟨') || token.kind === 'begin') depth++
    if (isMark(token, ')', ']', '}', '\\}', '⟩') || token.kind === 'end') depth--
    const word = token.kind === 'word' && depth <= 0 ? token.text.toLowerCase() : ''
    const hasValue = current.value.some((part) => !isSeparator(part))
    if (OTHERWISE.has(word)) {
      if (current.opener !== '' && hasValue) clauses.push((current = newClause()))
      current.opener = 'otherwise'
    } else if (CLAUSES.has(word) && hasValue && !(current.opener === 'otherwise')) {
      if (current.opener === '') current.opener = word
    } else if (current.opener === 'otherwise' && !hasValue) current.value.push(token)
    else if (current.opener === '') current.value.push(token)
    else if (depth <= 0 && isSeparator(token) && startsValue(tokens, i, current.opener))
      clauses.push(newClause())
    else current.condition.push(token)
  }
  return clauses.filter(
    ({ value, opener }) => value.some((part) => !isSeparator(part)) || opener !== '',
  )
}

function newClause(): Clause {
  return { value: [], opener: '', condition: [] }
}

function isSeparator(token: Token): boolean {
  return isMark(token, ...SEPARATORS) || (token.kind === 'word' && /^(?:and|or)$/.test(token.text))
}

/**
 * Whether a value of its own stands behind a separator inside a condition: one that has a condition
 * again, or that is no relation and says nothing of a parameter.
 */
function startsValue(tokens: readonly Token[], separator: number, opener: string): boolean {
  let start = separator
  while (start < tokens.length && isSeparator(tokens[start])) start++
  let end = start
  for (let depth = 0; end < tokens.length; end++) {
    const token = tokens[end]
    if (isMark(token, '(', '[', '{', '\\{', '⟨')) depth++
    // the ) of an option "A)" closes nothing
    if (isMark(token, ')', ']', '}', '\\}', '⟩')) depth = Math.max(0, depth - 1)
    if (depth === 0 && (isSeparator(token) || opensClause(token))) break
  }
  const behind = tokens[end]
  if (start === end) return behind !== undefined && OTHERWISE.has(behind.text.toLowerCase())
  if (behind && opensClause(behind)) return !REASONS.has(behind.text)
  const segment = tokens.slice(start, end)
  if (REASONS.has(opener)) return false
  return !segment.some(
    (token) =>
      isMark(token, ...RELATION_MARKS) ||
      (token.kind === 'word' && isParameterWord(token.text.toLowerCase())),
  )
}

function opensClause(token: Token): boolean {
  const word = token.text.toLowerCase()
  return token.kind === 'word' && (CLAUSES.has(word) || OTHERWISE.has(word))
}
