import { expect, it } from 'vitest'
import { numberWords } from './number-words.ts'

it.each([
  ['zero', 0, 1],
  ['twelve', 12, 1],
  ['twenty-one', 21, 1],
  ['ninety nine', 99, 1],
  ['one hundred twenty', 120, 1],
  ['two hundred and five', 205, 1],
  ['one thousand two hundred', 1200, 1],
  ['three million', 3_000_000, 1],
  ['hundred', 100, 1],
  ['one half', 1, 2],
  ['half', 1, 2],
  ['a quarter', 1, 4],
  ['two and a half', 5, 2],
  ['half a dozen', 6, 1],
  ['one thousand, two hundred and five', 1205, 1],
  ['two-thirds', 2, 3],
  ['five sixths', 5, 6],
])('%s', (words, n, d) => {
  expect(numberWords(words)).toEqual({ n: BigInt(n), d: BigInt(d) })
})

it.each([
  '',
  'one two',
  'two and three',
  'third',
  'twenty twelve',
  'two and',
  'constructor',
  'nine apples',
])('%j names no number', (words) => {
  expect(numberWords(words)).toBeUndefined()
})
