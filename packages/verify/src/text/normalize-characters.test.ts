import { describe, expect, it } from 'vitest'
import { normalizeCharacters } from './normalize-characters.ts'

describe('normalizeCharacters', () => {
  it.each([
    ['−8', '-8'],
    ['√21', '\\sqrt 21'],
    ['7 × 10³⁷', '7 \\times  10^{37}'],
    ['10⁻⁸', '10^{-8}'],
    ['x₁₂', 'x_{12}'],
    ['14π', '14\\pi '],
    ['2½', '2\\frac{1}{2}'],
    ['\u200b7\u2060', '7'],
    ['\u202e42\u202c', '42'],
    ['a\u0000b', 'ab'],
    ['１', '1'],
    ['（Ｂ）', '(B)'],
    ['¹⁄₂', '\\frac{1}{2}'],
    ['⁻17', '-17'],
    ['负3', '-3'],
    ['«17»', '17'],
    ['17 ✓', '17 '],
    ['٣', '٣'],
    ['а', 'а'],
    ['\\\\frac{1}{2}', '\\frac{1}{2}'],
    ['-\frac{7}{4}', '-\\frac{7}{4}'],
    ['1 \\\\ \\frac{1}{2}', '1 \\\\ \\frac{1}{2}'],
    ['1 \\\\\\frac{1}{2}', '1 \\\\\\frac{1}{2}'],
  ])('%j becomes %j', (text, expected) => {
    expect(normalizeCharacters(text)).toBe(expected)
  })
})
