import { newBudget } from './budget.ts'
import { anyEqual, isEqual, type Equality } from './compare/equality.ts'
import { sameAnswer } from './compare/same-answer.ts'
import { sameWording } from './compare/same-wording.ts'
import { undecidedOn } from './compare/same-value.ts'
import { conventionsOf, type Conventions } from './conventions.ts'
import { extractBy, extractGoldAnswer } from './extract/extract-math-answer.ts'
import { isAcceptedLeniently } from './lenient/accepted-leniently.ts'
import { someNode } from './syntax/node.ts'
import { readAnswer } from './syntax/read-answer.ts'
import { normalizeCharacters } from './text/normalize-characters.ts'
import { readChoice } from './text/choice.ts'
import { plainWords } from './text/plain-words.ts'
import { stripBraces } from './text/strip-braces.ts'
import { Undecidable } from './undecidable.ts'

/** Why a verdict is what it is; see `MathVerdict`. */
export type MathReason =
  | 'same-text'
  | 'exactly-equal'
  | 'numerically-equal'
  | 'symbolically-equal'
  | 'accepted-leniently'
  | 'different'
  | 'no-answer'
  | 'cannot-decide'

/** Options of {@link verifyMath}. */
export interface VerifyMathOptions {
  /**
   * `strict`: mathematically the same. `lenient`: that, or what the grader of ICRL's released code
   * accepts besides (`grade_answer_verl`: string normal forms, units and bases dropped).
   *
   * @defaultValue `strict`
   */
  readonly mode?: 'strict' | 'lenient'
  /** Conventions that are not held to, by name. @defaultValue every one is */
  readonly conventions?: Partial<Conventions>
}

/** Whether two answers are the same, and why. */
export interface MathVerdict {
  /** Whether the answer is the gold one. */
  readonly correct: boolean
  /**
   * - `same-text` the same after normalizing notation;
   * - `exactly-equal` as rational or algebraic numbers;
   * - `symbolically-equal` as polynomials or rational functions;
   * - `numerically-equal` to 38 digits or more, at a constant or at every sample point;
   * - `accepted-leniently` by the lenient rule alone;
   * - `different`;
   * - `no-answer` the prediction, or the gold, has none;
   * - `cannot-decide` not read, or not decided within the limits: counts as wrong.
   */
  readonly reason: MathReason
  /** What was compared; undefined where there is no answer. */
  readonly extracted: { readonly prediction: string | undefined; readonly gold: string | undefined }
}

const REASONS: Readonly<Record<Equality, MathReason>> = {
  text: 'same-text',
  exact: 'exactly-equal',
  symbolic: 'symbolically-equal',
  numeric: 'numerically-equal',
  different: 'different',
  undecided: 'cannot-decide',
}

/** Most answers are such, and need no parser. */
const INTEGER = /^-?\d{1,100}$/
/** Spaces that separate no digits. */
const FREE_SPACE = /\s+(?!\d)|(?<!\d)\s+/g
/** An answer that names the integral or the limit it is the value of. */
const OPERATOR = /^\s*\\(?:i*int|oint|lim|frac\s*\{\s*d|dfrac\s*\{\s*d)(?![A-Za-z])/
const FORMULA =
  /^\s*(?:\$\$?([^$]*)\$\$?|\\\[((?:(?!\\[[\]])[\s\S])*)\\\]|\\\(((?:(?!\\[()])[\s\S])*)\\\))\s*[.,]?\s*$/
const DOUBLE_WIDTH = /[０-９]/
/** Longer answers are compared as text only. */
const LONGEST_ANSWER = 5000

/**
 * Whether the answer in a response is the gold answer. Both sides may be whole responses or bare
 * answers, in LaTeX, plain notation or words. Synchronous and deterministic, in bounded time and
 * memory on any input; it throws on none.
 *
 * @throws IcrlError invalid-option for a convention that there is not
 *
 * @example
 * verifyMath('… The final answer is $\\boxed{\\frac{\\sqrt{2}}{2}}$.', '1/\\sqrt{2}')
 * // { correct: true, reason: 'exactly-equal', extracted: { prediction: '\\frac{\\sqrt{2}}{2}', gold: '1/\\sqrt{2}' } }
 */
export function verifyMath(
  prediction: string,
  gold: string,
  options: VerifyMathOptions = {},
): MathVerdict {
  const conventions = conventionsOf(options.conventions)
  const extracted = {
    prediction: extractBy(prediction, conventions),
    gold: extractGoldAnswer(gold),
  }
  if (extracted.prediction === undefined || extracted.gold === undefined)
    return { correct: false, reason: 'no-answer', extracted }
  const equality = sameMath(extracted.gold, extracted.prediction, conventions)
  if (
    !isEqual(equality) &&
    options.mode === 'lenient' &&
    isAcceptedLeniently(extracted.gold, extracted.prediction)
  )
    return { correct: true, reason: 'accepted-leniently', extracted }
  return { correct: isEqual(equality), reason: REASONS[equality], extracted }
}

function sameMath(gold: string, prediction: string, conventions: Conventions): Equality {
  if (!conventions.doubleWidthDigits && DOUBLE_WIDTH.test(gold) !== DOUBLE_WIDTH.test(prediction))
    return 'different'
  const [wanted, given] = [gold, prediction].map((text) =>
    stripBraces(normalizeCharacters(withoutDelimiters(text))),
  )
  return sameChoice(wanted, given, conventions) ?? sameNormalized(wanted, given, conventions)
}

/** `$D$` as `D`, where one formula is all of it. */
function withoutDelimiters(text: string): string {
  return /^\s*(?:\$|\\[([])/.test(text)
    ? (FORMULA.exec(text)
        ?.slice(1)
        .find((inside) => inside !== undefined) ?? text)
    : text
}

/**
 * Options of a multiple choice: the letter decides, or the text where one side has no letter.
 * Undefined where neither side has both.
 */
function sameChoice(wanted: string, given: string, conventions: Conventions): Equality | undefined {
  const compare = (a: string, b: string): Equality => sameNormalized(a, b, conventions)
  const [choice, other] = [readChoice(wanted), readChoice(given)]
  if (choice && other) {
    if (choice.letter !== other.letter) return 'different'
    return choice.text === undefined || other.text === undefined
      ? 'text'
      : anyEqual([compare(wanted, given), compare(choice.text, other.text)])
  }
  if ((choice || other) && !conventions.textsOfOptions) return compare(wanted, given)
  if (choice?.text !== undefined)
    return anyEqual([compare(wanted, given), compare(stripBraces(choice.text), given)])
  return other?.text === undefined || plainWords(wanted)?.words.length === 1
    ? undefined
    : anyEqual([compare(wanted, given), compare(wanted, stripBraces(other.text))])
}

function sameNormalized(wanted: string, given: string, conventions: Conventions): Equality {
  if (wanted === given || wanted.replace(FREE_SPACE, '') === given.replace(FREE_SPACE, ''))
    return 'text'
  if (INTEGER.test(wanted) && INTEGER.test(given))
    return BigInt(wanted) === BigInt(given) ? 'exact' : 'different'
  if (wanted.length > LONGEST_ANSWER || given.length > LONGEST_ANSWER) return 'undecided'
  const wording = sameWording(wanted, given, conventions)
  if (wording) return wording
  const read = compareRead(wanted, given, conventions)
  if (isEqual(read)) return read
  const value = read === 'undecided' && !wanted.includes('=') ? lastSide(given) : undefined
  if (value !== undefined && (OPERATOR.test(given) || isConstant(wanted)))
    return compareRead(wanted, value, conventions)
  if (!conventions.decimalCommas) return read
  const [point, otherPoint] = [decimalComma(wanted), decimalComma(given)]
  return point === wanted && otherPoint === given
    ? read
    : anyEqual([read, compareRead(point, otherPoint, conventions)])
}

/** 7 of `\det A = 7` and `P(X = 3) = 7`, whose left sides are not read. */
function lastSide(answer: string): string | undefined {
  return /^[^<>{},;]*[A-Za-z](?:[^<>,;]|\\[,;])*=([^=<>]+)$/.exec(answer)?.[1]
}

function isConstant(answer: string): boolean {
  try {
    return !someNode(
      readAnswer(answer),
      ({ type }) => type === 'symbol' || type === 'unknown' || type === 'list',
    )
  } catch (error) {
    if (error instanceof Undecidable) return false
    throw error
  }
}

function compareRead(gold: string, prediction: string, conventions: Conventions): Equality {
  return undecidedOn(() =>
    sameAnswer(readAnswer(gold), readAnswer(prediction), newBudget(conventions)),
  )
}

/**
 * `1,22` as 1.22: two digits or more behind a comma without a space, unless they are thousands; any
 * behind groups of digits, `1.234,5`.
 */
function decimalComma(text: string): string {
  if (/^\$?-?\d{1,3}(?:[. ]\d{3})+,\d+\$?$/.test(text))
    return text.replace(/[. ]/g, '').replace(',', '.')
  return /^\$?-?(?:0,\d{2,}|\d+,(?:\d{2}|\d{4,}))\$?$/.test(text) ? text.replace(',', '.') : text
}
