import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stripBraces } from './strip-braces.ts'

it.each([
  ['{3}', '3'],
  [' { { 3 } } ', '3'],
  ['{{1},{2}}', '{1},{2}'],
  ['{1},{2}', '{1},{2}'],
  ['{\\{1,2\\}}', '\\{1,2\\}'],
  ['{1,2\\}', '{1,2\\}'],
  ['{n \\choose k}', '{n \\choose k}'],
  ['\\frac{1}{2}', '\\frac{1}{2}'],
  ['{\\frac{1}{2}}', '\\frac{1}{2}'],
  ['{a}}', '{a}}'],
  ['{{a}', '{{a}'],
  ['{}', ''],
  ['', ''],
])('%j becomes %j', (text, expected) => {
  expect(stripBraces(text)).toBe(expected)
})

it('takes off as many layers as were put on', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('3', '\\frac{1}{2}', '(1,2)', 'x^{2}+{y}'),
      fc.nat(200),
      (inside, layers) => {
        expect(stripBraces('{'.repeat(layers) + inside + '}'.repeat(layers))).toBe(inside)
      },
    ),
  )
})
