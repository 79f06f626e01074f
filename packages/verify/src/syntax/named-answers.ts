import type { Node } from './node.ts'

const INFINITY: Node = { type: 'infinity' }
const INFERENCE = /^(?:(?:therefore|thus|hence|so|then|since)[, ]+)/
const SUBJECT =
  /^(?:(?:the |this )?(?:limit|integral|equation|system|inequality|value|it|function|sum)(?: has?| is?)? |there (?:is?|are|exist) |it has? |has? )/

/** Words with a meaning in mathematics, as `plainWords` gives them, which takes off a final s. */
const MEANINGS: readonly (readonly [RegExp, Node])[] = [
  [/^(?:\+|positive |plu )?(?:infinity|inf)$/, INFINITY],
  [/^(?:negative|minu|minus) infinity$/, { type: 'negative', of: INFINITY }],
  [
    /^(?:(?:the )?(?:empty|null) set|none|no (?:such )?(?:real |integer |possible )?(?:solution|root|value|answer|number|integer|x)(?: exist)?|无解|無解|无实数?[解根]|空集|没有(?:实数)?解|不存在实数?解)$/,
    { type: 'emptySet' },
  ],
  [
    /^(?:dne|doe not exist|does not exist|doesn t exist|doesnt exist|nonexistent|non-existent|undefined|not defined|not exist|不存在|无意义)$/,
    { type: 'words', text: 'undefined' },
  ],
  [
    /^(?:(?:the )?set of )?(?:all|any|every) (?:the )?real(?: number| value)?(?: x| for x)?$|^(?:the )?set of (?:the )?real number$|^(?:全体|任意|所有|一切)实数$|^实数集$/,
    { type: 'numberSet', name: 'R' },
  ],
  [
    /^(?:(?:the )?set of )?(?:all|any|every) integer(?: number| n| x)?$/,
    { type: 'numberSet', name: 'Z' },
  ],
  [
    /^infinitely many(?: (?:real |integer )?(?:solution|value|root))?$|^infinite(?: number of)?(?: solution)?$|^无[穷数限](?:多)?(?:个?解|个)?$/,
    INFINITY,
  ],
  [
    /^(?:all |the set of (?:all )?)?positive (?:real(?: number)?|number)$|^正实数$/,
    half('(', true),
  ],
  [
    /^(?:all |the set of (?:all )?)?negative (?:real(?: number)?|number)$|^负实数$/,
    half('(', false),
  ],
  [
    /^(?:all |the set of (?:all )?)?(?:non-?negative (?:real(?: number)?|number))$|^非负实数$/,
    half('[', true),
  ],
]

/** The numbers on one side of zero, with zero or without it. */
function half(end: '(' | '[', positive: boolean): Node {
  const zero: Node = { type: 'number', value: { n: 0n, d: 1n } }
  return positive
    ? { type: 'group', open: end, close: ')', of: [zero, INFINITY] }
    : { type: 'group', open: '(', close: ')', of: [{ type: 'negative', of: INFINITY }, zero] }
}

/** What words mean that name no number: ∞, ∅, ℝ, "does not exist". */
export function namedAnswer(words: string): Node | undefined {
  if (words.length > 80) return undefined
  const said = words.replace(INFERENCE, '').replace(SUBJECT, '')
  return MEANINGS.find(([pattern]) => pattern.test(words) || pattern.test(said))?.[1]
}
