import { rational } from '../exact/rational.ts'
import { plainWords } from '../text/plain-words.ts'
import type { Node } from './node.ts'
import { parseAnswer } from './parse-answer.ts'
import { namedAnswer } from './named-answers.ts'
import { isNumberWord, numberWords } from './number-words.ts'

/** Whether words name a number or a set, alone or beside others. */
export function hasNumberMeaning(words: string): boolean {
  return namedAnswer(words) !== undefined || words.split(/[\s-]+/).some(isNumberWord)
}

/**
 * Answers come in groups that share a gold answer, and a model repeats itself: the last trees are
 * kept.
 */
const MOST_KEPT = 5000
const LONGEST_KEPT = 200
const kept = new Map<string, Node>()

/** The tree of an answer, words such as `twelve` and `negative infinity` included. */
export function readAnswer(answer: string): Node {
  const known = kept.get(answer)
  if (known) return known
  const node = read(answer)
  if (answer.length <= LONGEST_KEPT) {
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(answer, node)
  }
  return node
}

/** `4210 \text{ (base 5)}`, `4210 in base five`. */
const IN_NAMED_BASE =
  /^([\dA-Fa-f]+)(?:\\[ ,;]|[\s~])*(?:\\text\s*\{\s*)?\(?\s*(?:in )?(binary|octal|decimal|hexadecimal|hex)\s*\)?\s*\}?\.?$/
const NAMED_BASES: Readonly<Record<string, number>> = {
  binary: 2,
  octal: 8,
  decimal: 10,
  hexadecimal: 16,
  hex: 16,
}
/** 5'5" */
const FEET = /^(\d{1,3})\s*'\s*(\d{1,2})\s*(?:"|'')$/
/** `30^\circ 15'`, and seconds */
const MINUTES =
  /^(\d{1,4})\s*(?:\^\s*\{?\s*\\circ\s*\}?|°)\s*(\d{1,2})\s*(?:'|\^\s*\{?\s*\\prime\s*\}?)(?:\s*(\d{1,2})\s*(?:''|"|\^\s*\{?\s*\\prime\s*\\prime\s*\}?))?$/
/** "all real numbers except 3" */
const EXCEPT =
  /^(?:\\text\s*\{\s*)?(?:all|any|every) real numbers?(?: x)? (?:except|other than|but)(?: for)?\s*\}?\s*([^{}]+|\\frac\{[^{}]*\}\{[^{}]*\})\}?$/i
/** `0b101`, `0x1A3` */
const PREFIXED = /^0(?:b([01]+)|o([0-7]+)|x([\dA-Fa-f]+))$/
const IN_BASE =
  /^(\d+)(?:\\[ ,;]|[\s~])*(?:\\text\s*\{\s*)?\(?\s*(?:in )?base[\s~-]*\}?\s*(\d{1,2}|[a-z]+)\s*\)?\s*\}?\.?$/
/** `\text{101 in base 2}` */
const BASE_AS_TEXT = /^\\text\s*\{([^{}\\]*\b(?:base|binary|octal|hex|hexadecimal)\b[^{}\\]*)\}$/
/** `\text{1A}_{16}` */
const NUMERAL_AS_TEXT = /\\(?:text|mathrm|mbox)\s*\{\s*([0-9A-F]+)\s*\}(?=\s*_)/g

/** What the spellings below have in them. */
const ODD_SPELLING = /bas|binar|octal|decimal|hex|['"′″]|prime|real|^0[box]|_/
const DECIMAL = /^(-?)(\d{1,50})(?:\.(\d{1,50}))?$/
const FRACTION = /^(-?)\\[dt]?frac\{(\d{1,50})\}\{(\d{1,50})\}$/

/** The tree of `-5`, `2.50` and `\frac{3}{4}`, which most answers are. */
function readNumeral(text: string): Node | undefined {
  const decimal = DECIMAL.exec(text)
  const fraction = decimal ? null : FRACTION.exec(text)
  if (!decimal && !fraction) return undefined
  const [, sign, whole, behind] = (decimal ?? fraction) as RegExpExecArray
  const node: Node = decimal
    ? {
        type: 'number',
        value:
          behind === undefined
            ? { n: BigInt(whole), d: 1n }
            : rational(BigInt(whole + behind), 10n ** BigInt(behind.length)),
        ...(behind === undefined ? {} : { decimals: behind.length }),
      }
    : { type: 'quotient', over: integer(whole), under: integer(behind) }
  return sign === '' ? node : { type: 'negative', of: node }
}

function integer(digits: string): Node {
  return { type: 'number', value: { n: BigInt(digits), d: 1n } }
}

function read(text: string): Node {
  const numeral = readNumeral(text)
  if (numeral) return numeral
  const answer = ODD_SPELLING.test(text) ? mendSpelling(text) : text
  const words = plainWords(answer)?.words
  const number = words === undefined ? undefined : numberWords(words)
  if (number !== undefined) return { type: 'number', value: number }
  return (words === undefined ? undefined : namedAnswer(words)) ?? parseAnswer(answer)
}

/** Bases, feet, minutes of arc and sets with an exception in the notation that the parser reads. */
function mendSpelling(text: string): string {
  return text
    .replace(BASE_AS_TEXT, '$1')
    .replace(NUMERAL_AS_TEXT, '$1')
    .replace(IN_BASE, '$1_{$2}')
    .replace(FEET, '$1\\text{ feet }$2\\text{ inches}')
    .replace(EXCEPT, '\\mathbb{R} \\setminus \\{$1\\}')
    .replace(
      MINUTES,
      (_, degrees: string, minutes: string, seconds = '0') =>
        `\\frac{${Number(degrees) * 3600 + Number(minutes) * 60 + Number(seconds)}}{3600}°`,
    )
    .replace(IN_NAMED_BASE, (_, digits: string, name: string) => `${digits}_{${NAMED_BASES[name]}}`)
    .replace(PREFIXED, (_, two?: string, eight?: string, sixteen?: string) =>
      two ? `${two}_{2}` : eight ? `${eight}_{8}` : `${sixteen?.toUpperCase()}_{16}`,
    )
}
