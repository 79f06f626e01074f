import { Undecidable } from '../undecidable.ts'
import type { Node } from './node.ts'
import type { Token } from './token.ts'

/** Words that add nothing to a condition. */
const EMPTY_WORDS = new Set([
  'is',
  'are',
  'be',
  'the',
  'a',
  'an',
  'that',
  'all',
  'any',
  'every',
  'each',
  'some',
  'case',
  'case',
  'number',
  'numbers',
  'arbitrary',
])
const RELATION = /^(?:=|!=|<=?|>=?|≈|≡|∈|∉|⊂|⊆)$/
const NUMBER_SETS: ReadonlyMap<string, string> = new Map([
  ['integer', 'Z'],
  ['real', 'R'],
  ['natural', 'N'],
  ['rational', 'Q'],
  ['complex', 'C'],
])

/**
 * The condition a clause states: a relation where it reads as one, else its words in normal form.
 * `k is an integer` is `k ∈ ℤ`.
 *
 * @param parse reads mathematics; Undecidable where it cannot
 */
export function readCondition(
  tokens: readonly Token[],
  parse: (tokens: readonly Token[]) => Node,
): Node {
  const kept = tokens.filter(
    ({ kind, text }) =>
      !(kind === 'word' && EMPTY_WORDS.has(text.toLowerCase())) &&
      !(kind === 'letter' && text === 'a' && tokens.some((token) => isSetWord(token))),
  )
  if (kept.some(({ kind, text }) => kind === 'mark' && RELATION.test(text))) {
    try {
      return parse(kept)
    } catch (error) {
      if (!(error instanceof Undecidable)) throw error
    }
  }
  const words = kept.map(({ kind, text }) => (kind === 'word' ? text.toLowerCase() : text))
  const [set, name] = [
    words.find((word) => numberSet(word)),
    words.find((word) => /^[A-Za-z]$/.test(word)),
  ]
  if (words.length === 2 && set !== undefined && name !== undefined)
    return {
      type: 'relation',
      sides: [
        { type: 'symbol', name },
        { type: 'numberSet', name: numberSet(set) as string },
      ],
      signs: ['∈'],
    }
  return { type: 'words', text: words.join(' ').replace(/[\s,.;]+$/, '') }
}

function numberSet(word: string): string | undefined {
  return NUMBER_SETS.get(word.replace(/s$/, ''))
}

function isSetWord({ kind, text }: Token): boolean {
  return kind === 'word' && numberSet(text.toLowerCase()) !== undefined
}
