import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newBudget } from '../budget.ts'
import { parseAnswer } from '../syntax/parse-answer.ts'
import {
  addPolynomials,
  constantPolynomial,
  indeterminate,
  multiplyPolynomials,
  powerPolynomial,
  samePolynomial,
} from './polynomial.ts'
import { sameRationalFunction } from './rational-function.ts'
import { rationalValue } from './rational-value.ts'
import {
  bitLength,
  compareRational,
  factorial,
  greatestCommonDivisor,
  powerRational,
  rational,
  rationalToNumber,
  reduceRational,
} from './rational.ts'
import { separationBits } from './separation-bound.ts'

const value = (text: string): string | undefined => {
  const found = rationalValue(parseAnswer(text), newBudget())
  const reduced = found && reduceRational(found)
  return reduced && `${reduced.n}/${reduced.d}`
}

describe('rationalValue', () => {
  it.each([
    ['3\\frac{1}{4}', '13/4'],
    ['-2^{-2}', '-1/4'],
    ['0.1+0.2', '3/10'],
    ['\\sqrt{404496}', '636/1'],
    ['\\sqrt[3]{-\\frac{8}{27}}', '-2/3'],
    ['8^{2/3}', '4/1'],
    ['\\frac{100!}{98!}', '9900/1'],
    ['\\binom{5}{2}', '10/1'],
    ['\\binom{2}{5}', '0/1'],
    ['\\lfloor -3.5 \\rfloor', '-4/1'],
    ['\\lceil -3.5 \\rceil', '-3/1'],
    ['|{-3}|', '3/1'],
    ['\\gcd(12, 18)', '6/1'],
    ['\\operatorname{lcm}(4, 6)', '12/1'],
    ['\\max(1,3,2)', '3/1'],
    ['(-7) \\bmod 3', '2/1'],
    ['0^0', '1/1'],
    ['(-1)^{10^9}', '1/1'],
    ['1^{10^9}', '1/1'],
    ['0.\\overline{27}', '3/11'],
    ['1.2\\overline{3}', '37/30'],
  ])('of %s is %s', (text, expected) => {
    expect(value(text)).toBe(expected)
  })

  it.each(['\\sqrt{2}', '\\pi', 'x', '(-4)^{1/2}', '\\sin 1'])('of %s is not rational', (text) => {
    expect(value(text)).toBeUndefined()
  })

  it.each(['\\frac{1}{0}', '10^{1000000000}', '(10^9)!', '0^{-1}', '2^{2^{100}}'])(
    'of %s is refused',
    (text) => {
      expect(() => value(text)).toThrow()
    },
  )
})

describe('rational numbers', () => {
  const integer = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })

  it('compare as their quotients', () => {
    fc.assert(
      fc.property(
        integer,
        integer.filter((d) => d !== 0n),
        integer,
        integer.filter((d) => d !== 0n),
        (a, b, c, d) => {
          const sign = compareRational(rational(a, b), rational(c, d))
          const difference = (a * d - c * b) * (b * d < 0n ? -1n : 1n)
          expect(sign).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
          const reduced = reduceRational(rational(a, b))
          expect(greatestCommonDivisor(reduced.n, reduced.d)).toBe(1n)
          expect(rationalToNumber(rational(a, b))).toBeCloseTo(
            Number(a) / Number(b),
            3 - Math.ceil(Math.log10(Math.abs(Number(a) / Number(b)) + 1)),
          )
        },
      ),
    )
  })

  it('stay within their bounds', () => {
    expect(factorial(20n)).toBe(2432902008176640000n)
    expect(bitLength(factorial(2400n))).toBeLessThan(24_576)
    expect(() => powerRational(rational(2n), 30_000n)).toThrow(/too large/)
    expect(() => rational(1n, 0n)).toThrow(/zero/)
    expect(rational(1n, -2n)).toEqual({ n: -1n, d: 2n })
  })
})

describe('separationBits', () => {
  const bits = (text: string): number | undefined => separationBits(parseAnswer(text))

  it('bounds every non-zero value from below', () => {
    // |√2 + √3 − √(5+2√6)| = 0, and what is close to it is not that close
    expect(bits('\\sqrt{2}+\\sqrt{3}-\\sqrt{5+2\\sqrt{6}}')).toBeGreaterThan(20)
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 400 }),
        fc.integer({ min: 2, max: 400 }),
        fc.integer({ min: 2, max: 1000 }),
        (a, b, c) => {
          const difference = Math.abs(Math.sqrt(a) + Math.sqrt(b) - Math.sqrt(c))
          if (difference > 1e-9)
            expect(2 ** -(bits(`\\sqrt{${a}}+\\sqrt{${b}}-\\sqrt{${c}}`) as number)).toBeLessThan(
              difference,
            )
        },
      ),
    )
  })

  it('counts one root once, and knows nothing of other functions', () => {
    expect(bits('\\sqrt{2}+\\sqrt{2}')).toBeLessThan(bits('\\sqrt{2}+\\sqrt{3}') as number)
    expect(bits('\\pi')).toBeUndefined()
    expect(bits('x')).toBeUndefined()
    expect(bits('2^{1/3}')).toBe(bits('\\sqrt[3]{2}'))
  })
})

describe('polynomials', () => {
  const budget = newBudget()
  const [x, y] = [indeterminate('x'), indeterminate('y')]

  it('multiply out', () => {
    const sum = addPolynomials(x, y, budget)
    const square = powerPolynomial(sum, 2n, budget)
    expect(
      new Map([...square].map(([monomial, { n, d }]) => [monomial, Number(n) / Number(d)])),
    ).toEqual(
      new Map([
        ['x^2', 1],
        ['x^1 y^1', 2],
        ['y^2', 1],
      ]),
    )
    expect(
      samePolynomial(
        addPolynomials(
          square,
          multiplyPolynomials(square, constantPolynomial(rational(-1n)), budget),
          budget,
        ),
        new Map(),
      ),
    ).toBe(true)
    expect(samePolynomial(powerPolynomial(x, 0n, budget), constantPolynomial(rational(1n)))).toBe(
      true,
    )
  })

  it.each([
    ['(x+1)^{30}(x-1)^{30}', '(x^2-1)^{30}', 'symbolic'],
    ['\\frac{1}{x+1}-\\frac{1}{x+2}', '\\frac{1}{(x+1)(x+2)}', 'symbolic'],
    ['x^2-y^2', '(x-y)(x+y)', 'symbolic'],
    ['x^2-y^2', '(x-y)^2', 'different'],
    ['e^{t}(t+1)', 't e^t + e^t', 'symbolic'],
    ['\\sin 2x', '2\\sin x\\cos x', 'undecided'],
  ] as const)('%s against %s: %s', (a, b, expected) => {
    expect(sameRationalFunction(parseAnswer(a), parseAnswer(b), newBudget())).toBe(expected)
  })

  it.each([
    ['(a+b+c+d+f)^{40}', 'x'],
    ['x^{65}', 'x'],
    ['x^{10^9}', 'x'],
    ['\\frac{1}{x-x}', 'x'],
  ])('%s is past the gate', (a, b) => {
    expect(() => sameRationalFunction(parseAnswer(a), parseAnswer(b), newBudget())).toThrow()
  })
})
