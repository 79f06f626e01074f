import type { Node } from './node.ts'

const INFINITY: Node = { type: 'infinity' }
const SUBJECT =
  /^(?:(?:the |this )?(?:limit|integral|equation|system|inequality|value|it|function|sum)(?: ha| i)? |there (?:i|is|are|exist) |it ha |ha )/

/** Words with a meaning in mathematics, as `plainWords` gives them, which takes off a final s. */
const MEANINGS: readonly (readonly [RegExp, Node])[] = [
  [/^(?:\+|positive |plu )?(?:infinity|inf)$/, INFINITY],
  [/^(?:negative|minu|minus) infinity$/, { type: 'negative', of: INFINITY }],
  [
    /^(?:(?:the )?(?:empty|null) set|none|no (?:real )?(?:solution|root|value|answer)(?: exist)?)$/,
    { type: 'emptySet' },
  ],
  [
    /^(?:dne|doe not exist|does not exist|doesn t exist|doesnt exist|nonexistent|non-existent|undefined|not defined|not exist)$/,
    { type: 'words', text: 'undefined' },
  ],
  [
    /^(?:(?:the )?set of )?(?:all|any|every) (?:the )?real(?: number| value)?(?: x| for x)?$|^(?:the )?set of (?:the )?real number$/,
    { type: 'numberSet', name: 'R' },
  ],
  [
    /^(?:(?:the )?set of )?(?:all|any|every) integer(?: number| n| x)?$/,
    { type: 'numberSet', name: 'Z' },
  ],
  [
    /^infinitely many(?: solution)?$|^infinite(?: number of)? solution$/,
    { type: 'words', text: 'infinitely many' },
  ],
]

/** What words mean that name no number: ∞, ∅, ℝ, "does not exist". */
export function namedAnswer(words: string): Node | undefined {
  if (words.length > 80) return undefined
  const said = words.replace(SUBJECT, '')
  return MEANINGS.find(([pattern]) => pattern.test(words) || pattern.test(said))?.[1]
}
