import { accept, isMark, peek, type Cursor } from './cursor.ts'
import type { Node } from './node.ts'

const INFINITY: Node = { type: 'infinity' }
const ZERO: Node = { type: 'number', value: { n: 0n, d: 1n } }

/**
 * A part of a set of numbers: `\mathbb{R}^+` and `\mathbb{R}_{>0}` as (0, ∞), `\mathbb{R}_{\ge 0}`
 * as [0, ∞). Of other sets the mark becomes part of the name; a plain exponent is dropped.
 */
export function parsePartOfSet(cursor: Cursor, set: Extract<Node, { type: 'numberSet' }>): Node {
  let marks = ''
  while (isMark(peek(cursor), '^', '_')) {
    cursor.position++
    marks += readMarks(cursor)
  }
  const isExponent = /^\d*$/.test(marks)
  if (isExponent) return set
  const sign = marks.replace(/0|\*/g, '')
  const part = set.name === 'R' ? PARTS_OF_REALS.get(sign === '' ? marks : sign) : undefined
  return part ?? { type: 'numberSet', name: `${set.name}^${marks}` }
}

const PARTS_OF_REALS: ReadonlyMap<string, Node> = new Map<string, Node>([
  ['+', interval(ZERO, false, INFINITY)],
  ['>', interval(ZERO, false, INFINITY)],
  ['>=', interval(ZERO, true, INFINITY)],
  ['-', interval({ type: 'negative', of: INFINITY }, false, ZERO)],
  ['<', interval({ type: 'negative', of: INFINITY }, false, ZERO)],
  [
    '<=',
    {
      type: 'group',
      open: '(',
      close: ']',
      of: [{ type: 'negative', of: INFINITY }, ZERO],
    },
  ],
  [
    '*',
    {
      type: 'setOperation',
      operator: '∖',
      left: { type: 'numberSet', name: 'R' },
      right: { type: 'group', open: '{', close: '}', of: [ZERO] },
    },
  ],
])

function interval(low: Node, closed: boolean, high: Node): Node {
  return { type: 'group', open: closed ? '[' : '(', close: ')', of: [low, high] }
}

function readMarks(cursor: Cursor): string {
  if (!accept(cursor, '{')) return cursor.tokens[cursor.position++]?.text ?? ''
  let text = ''
  while (cursor.position < cursor.tokens.length) {
    const token = cursor.tokens[cursor.position++]
    if (isMark(token, '}')) return text
    text += token.text
  }
  return text
}
