import { accept, expectMark, isCommand, isMark, peek, type Cursor } from './cursor.ts'
import type { Node, RelationNode } from './node.ts'
import { parseFactor, parseSum } from './parse-expression.ts'

/** Whether a modulus stands at the cursor: `\pmod 7`, `(\text{mod } 7)`, `mod 7`. */
export function startsModulus(cursor: Cursor): boolean {
  return isModulus(cursor, isMark(peek(cursor), '(') ? 1 : 0)
}

function isModulus(cursor: Cursor, ahead: number): boolean {
  const token = peek(cursor, ahead)
  return (
    isCommand(token, 'mod', 'bmod', 'pmod', 'pod') ||
    (token?.kind === 'word' && /^mod(?:ulo)?$/.test(token.text))
  )
}

/** The remainder `17 \bmod 5` is a number; with a modulus in brackets, a residue. */
export function parseModulus(cursor: Cursor, of: Node): Node {
  if (accept(cursor, '(')) {
    cursor.position++
    const modulus = parseSum(cursor)
    expectMark(cursor, ')')
    return { type: 'residue', of, modulus }
  }
  const stated = isCommand(peek(cursor), 'pmod', 'pod')
  cursor.position++
  const modulus = parseFactor(cursor)
  const reduced = of.type === 'number' && modulus.type === 'number' && of.value.n < modulus.value.n
  return stated || reduced
    ? { type: 'residue', of, modulus }
    : { type: 'call', name: 'mod', of: [of, modulus] }
}

/** `x ≡ 17 mod 5` states a residue; `f(x) ≡ 0` without a modulus is an equation. */
export function asCongruence(relation: RelationNode): RelationNode {
  if (!relation.signs.includes('≡')) return relation
  const last = relation.sides[relation.sides.length - 1]
  return {
    ...relation,
    signs: relation.signs.map((sign) => (sign === '≡' ? '=' : sign)),
    sides: [
      ...relation.sides.slice(0, -1),
      last.type === 'call' && last.name === 'mod'
        ? { type: 'residue', of: last.of[0], modulus: last.of[1] }
        : last,
    ],
  }
}

/** `1, 3 \pmod 8`: the modulus of the last item is that of all. */
export function spreadModulus(items: readonly Node[]): readonly Node[] {
  const modulus = modulusOf(items[items.length - 1])
  if (!modulus || items.some((item, i) => i < items.length - 1 && modulusOf(item))) return items
  return items.map((item) => withModulus(item, modulus))
}

function modulusOf(item: Node): Node | undefined {
  if (item.type === 'relation') return modulusOf(item.sides[item.sides.length - 1])
  return item.type === 'residue' ? item.modulus : undefined
}

function withModulus(item: Node, modulus: Node): Node {
  if (item.type === 'residue') return item
  if (item.type !== 'relation') return { type: 'residue', of: item, modulus }
  const last = item.sides.length - 1
  return {
    ...item,
    sides: item.sides.map((side, i) => (i === last ? withModulus(side, modulus) : side)),
  }
}
