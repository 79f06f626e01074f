import { describe, expect, it } from 'vitest'
import { normalizeCharacters } from '../text/normalize-characters.ts'
import { parseAnswer } from './parse-answer.ts'
import { printNode } from './print-node.ts'

const parse = (text: string): string => printNode(parseAnswer(normalizeCharacters(text)))

describe('parseAnswer', () => {
  it.each([
    ['2\\sin x\\cos x', '(2*call cos(<x>)*call sin(<x>))'],
    ['\\sin 2x + 1', '(1+call sin((2*<x>)))'],
    ['\\sin ^{2} \\theta', 'power(call sin(<theta>),2)'],
    ['\\tan^{-1} x', 'call arctan(<x>)'],
    ['\\log_2 n + 1', '(1+call logBase(<n>,2))'],
    ['1/2x', '(<x>*quotient(1,2))'],
    ['2^3^2', 'power(2,power(3,2))'],
    ['-x^2', '-power(<x>,2)'],
    ['x**2', 'power(<x>,2)'],
    ['\\frac12', 'quotient(1,2)'],
    ['\\frac1{72}', 'quotient(1,72)'],
    ['\\sqrt13', 'root2(13)'],
    ['3\\frac{1}{4}', '(13/4)'],
    ['3\\frac{5}{4}', '(3*quotient(5,4))'],
    ['7 3/4', '(31/4)'],
    ['4.5e33', '4500000000000000000000000000000000'],
    ['2e^3', '(2*power(e,3))'],
    ['1,234,567', '1234567'],
    ['(1,234)', '(1,234)'],
    ['1,7,103, 105', 'list(1,7,103,105)'],
    ['12,\\!345', '12345'],
    ['1 000 000', '1000000'],
    ['.5', '(5/10)'],
    ['-1./3', '-quotient(1,3)'],
    ['0.333...', '(3/9)'],
    ['101_2', '101_2'],
    ['1A_{16}', '1A_16'],
    ['x_1+x_{12}', '(<x_12>+<x_1>)'],
    ['F_{n-1}', 'unknown F_((-1+<n>))'],
    ['f(x)', 'unknown f(<x>)'],
    ['n(n+1)', '((1+<n>)*<n>)'],
    ['I(0)', 'unknown I(0)'],
    ['(0,1]', '(0,1]'],
    ['\\{1,2\\}', '{1,2}'],
    ['{1,2}', 'list(1,2)'],
    ['\\{x : x > 2\\}', 'builder(<x>,<x>>2)'],
    ['\\langle 1,2\\rangle', '⟨1,2⟩'],
    ['2|x|+|y|', '((2*call abs(<x>))+call abs(<y>))'],
    ['a \\text{ and } b', 'list(<a>,<b>)'],
    ['x=2 or x=3', 'list or(<x>=2,<x>=3)'],
    ['p=5,q=2;p=7,q=3', 'list((<p>=5,<q>=2),(<p>=7,<q>=3))'],
    ['-2 < x \\le 3', '-2<<x><=3'],
    ['2:3:5', 'ratio(2,3,5)'],
    ['\\begin{pmatrix}1&2\\\\3&4\\\\ \\end{pmatrix}', 'matrix(1,2;3,4)'],
    ['{2n \\choose n}', 'call binomial((2*<n>),<n>)'],
    ['\\sum_{k=1}^{n} k^2', 'sum(k,1,<n>,power(<k>,2))'],
    ['\\frac{dy}{dx}', '<derivative (<d>*<y>) (<d>*<x>)>'],
    ['np.arcsin(10/13)', 'call arcsin(quotient(10,13))'],
    ['6.5 x 10^-2', '((65/10)*power(10,-2))'],
  ])('reads %s as %s', (text, expected) => {
    expect(parse(text)).toBe(expected)
  })

  it.each([
    ['\\frac68\\text{ cm}', '25 \\text{ cm}'],
    ['45\\text{ mph}', '45 \\text{ miles per hour}'],
    ['9.8 \\text{ m/s}^2', '9.8\\frac{\\text{m}}{\\text{s}^2}'],
    ['12 \\text{ sq. units}', '12\\text{ square units}'],
    ['\\$15{,}000', '15000\\text{ dollars}'],
  ])('reads the unit of %s', (text, other) => {
    const unit = (answer: string): string => parse(answer).replace(/^[^[]*/, '')
    expect(unit(text)).toMatch(/^\[/)
    expect(unit(text)).toBe(unit(other))
  })

  it.each([
    '',
    '\\frac{1}',
    '(1,2',
    '1 +',
    '\\int_0^1 x',
    ')',
    '2 \\cdot',
    '\\begin{tabular}1\\end{tabular}',
    '&',
    'x^',
    '\\sqrt{}{',
  ])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow()
  })

  it('refuses what is nested beyond reason, and too long', () => {
    expect(() => parse('('.repeat(1000) + '1' + ')'.repeat(1000))).toThrow(/deep/)
    expect(() => parse('1+'.repeat(2000) + '1')).toThrow(/long/)
  })
})
