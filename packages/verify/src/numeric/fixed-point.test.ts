import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixedPoint, integerSquareRoot } from './fixed-point.ts'

const real = fixedPoint(256)
/** To 60 decimal places. */
const digits = (value: bigint): string => {
  const scaled = (value * 10n ** 61n) >> 256n
  const rounded = (scaled + (scaled < 0n ? -5n : 5n)) / 10n
  const text = (rounded < 0n ? -rounded : rounded).toString().padStart(61, '0')
  return `${rounded < 0n ? '-' : ''}${text.slice(0, -60)}.${text.slice(-60)}`
}
const of = (n: number | bigint, d: number | bigint = 1): bigint =>
  real.fraction(BigInt(n), BigInt(d))

describe('fixedPoint', () => {
  it.each([
    ['π', () => real.pi, '3.141592653589793238462643383279502884197169399375105820974945'],
    ['e', () => real.exp(of(1)), '2.718281828459045235360287471352662497757247093699959574966968'],
    [
      'exp(−1/3)',
      () => real.exp(of(-1, 3)),
      '0.716531310573789250425604096925379667453112059821479157140870',
    ],
    [
      'exp(20)',
      () => real.exp(of(20)),
      '485165195.409790277969106830541540558684638988944847254353610800',
    ],
    [
      'ln 2',
      () => real.ln(of(2)),
      '0.693147180559945309417232121458176568075500134360255254120680',
    ],
    [
      'ln 1/1000',
      () => real.ln(of(1, 1000)),
      '-6.907755278982137052053974364053092622803304465886318928099983',
    ],
    [
      '√2',
      () => real.squareRoot(of(2)),
      '1.414213562373095048801688724209698078569671875376948073176680',
    ],
    [
      'cos 1',
      () => real.cosSin(of(1))[0],
      '0.540302305868139717400936607442976603732310420617922227670097',
    ],
    [
      'sin 100',
      () => real.cosSin(of(100))[1],
      '-0.506365641109758793656557610459785432065032721290657323443392',
    ],
    [
      'arctan 1/2',
      () => real.angle(of(1), of(2)),
      '0.463647609000806116214256231461214402028537054286120263810933',
    ],
    [
      'the angle of (−1, −1)',
      () => real.angle(of(-1), of(-1)),
      '-2.356194490192344928846982537459627163147877049531329365731208',
    ],
  ])('%s to 60 places', (_, compute, expected) => {
    expect(digits(compute()).slice(0, 55)).toBe(expected.slice(0, 55))
  })

  const small = fc.double({ min: -30, max: 30, noNaN: true })
  const near = (value: bigint, expected: number): void =>
    expect(Math.abs(real.toNumber(value) - expected)).toBeLessThanOrEqual(
      1e-13 * Math.max(1, Math.abs(expected)),
    )
  const ofDouble = (x: number): bigint => BigInt(Math.round(x * 2 ** 40)) << 216n

  it('agrees with doubles', () => {
    fc.assert(
      fc.property(small, small, (x, y) => {
        const [a, b] = [ofDouble(x), ofDouble(y)]
        const [u, v] = [real.toNumber(a), real.toNumber(b)]
        near(real.exp(a), Math.exp(u))
        near(real.cosSin(a)[0], Math.cos(u))
        near(real.cosSin(a)[1], Math.sin(u))
        near(real.angle(a, b), Math.atan2(u, v))
        near(real.multiply(a, b), u * v)
        if (a > 0n) near(real.ln(a), Math.log(u))
      }),
    )
  })

  it('refuses what has no value', () => {
    expect(() => real.divide(1n, 0n)).toThrow(/division by zero/)
    expect(() => real.ln(0n)).toThrow(/logarithm/)
    expect(() => real.exp(of(9000))).toThrow(/range/)
    expect(() => integerSquareRoot(-1n)).toThrow(/negative/)
  })
})

it('integerSquareRoot is the floor', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), (n) => {
      const root = integerSquareRoot(n)
      expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true)
    }),
  )
})
