import type { Rational } from '../exact/rational.ts'

/**
 * A lexical unit of an answer, LaTeX and plain notation alike:
 *
 * - `number` a literal, with its value;
 * - `letter` one Latin letter, a symbol;
 * - `word` a run of letters that is not one: in `\text{…}`, or plain (`plain`) prose, a unit, or a
 *   product such as `abc`;
 * - `command` a LaTeX command without its backslash, or a function's plain name;
 * - `begin`, `end` of an environment, by its name;
 * - `mark` an operator or a delimiter; set braces are `\{` and `\}`, LaTeX's grouping braces `{`
 *   and `}`, a new row `\\`.
 */
export interface Token {
  readonly kind: 'number' | 'letter' | 'word' | 'command' | 'begin' | 'end' | 'mark'
  readonly text: string
  /** Whether space stands before it. */
  readonly gap: boolean
  readonly number?: NumberLiteral
  readonly plain?: boolean
}

/** What a number literal says. */
export interface NumberLiteral {
  readonly value: Rational
  /** As digits without separators, for numerals in other bases. */
  readonly digits: string
  /** Digits after the decimal point, where there is one and no exponent. */
  readonly decimals?: number
}

/** Longer answers are not parsed. */
export const MOST_TOKENS = 2000
