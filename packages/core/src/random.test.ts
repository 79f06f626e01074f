import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawStream } from './draw-key.ts'
import { isIcrlError } from './errors.ts'
import { randomStream } from './random.ts'

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe('randomStream', () => {
  it('gives the same number at an index whatever was drawn before', () => {
    const forward = Array.from({ length: 50 }, (_, i) => randomStream(1, 'a').uniform(i))
    const stream = randomStream(1, 'a')
    const backward = Array.from({ length: 50 }, (_, i) => stream.uniform(49 - i)).reverse()
    expect(backward).toEqual(forward)
  })

  it('keeps its values from one version to the next', () => {
    const stream = randomStream(0, 'train', 3, 'q7')
    expect([stream.uniform(0), stream.uniform(1), stream.integer(2, 1000), stream.normal(3)])
      .toMatchInlineSnapshot(`
      [
        0.6611159707723685,
        0.38405372530932547,
        235,
        -1.2874945751787805,
      ]
    `)
  })

  it('separates paths that differ anywhere, in kind or in how they are cut', () => {
    const paths = [
      ['a'],
      ['b'],
      ['a', 'b'],
      ['ab'],
      ['a', ''],
      ['1'],
      [1],
      [1, 0],
      [0, 1],
      [0x1_0000_0000],
      [0.5],
      [-1],
      ['\u0000'],
      ['a\u0000'],
    ]
    const firsts = paths.map((path) => randomStream(0, ...path).uniform(0))
    expect(new Set(firsts).size).toBe(paths.length)
    expect(randomStream(0, 'a').child('b').uniform(0)).toBe(randomStream(0, 'a', 'b').uniform(0))
    expect(randomStream(-0).uniform(0)).toBe(randomStream(0).uniform(0))
  })

  it('is uniform, normal and unbiased to sampling error', () => {
    const stream = randomStream(5)
    const uniforms = Array.from({ length: 20_000 }, (_, i) => stream.uniform(i))
    expect(mean(uniforms)).toBeCloseTo(0.5, 2)
    expect(mean(uniforms.map((u) => u * u))).toBeCloseTo(1 / 3, 2)
    const normals = Array.from({ length: 20_000 }, (_, i) => stream.normal(i))
    expect(Math.abs(mean(normals))).toBeLessThan(0.03)
    expect(mean(normals.map((x) => x * x))).toBeCloseTo(1, 1)
    const counts = [0, 0, 0]
    for (let i = 0; i < 9000; i++) counts[stream.integer(i, 3)]++
    for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(200)
  })

  it('permutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(1000), (length, index) => {
        const order = randomStream(2).permutation(index, length)
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i))
      }),
    )
  })

  it('draws in [0, 1) at any index up to 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (index) => {
        const value = randomStream(9, 'x').uniform(index)
        expect(value >= 0 && value < 1).toBe(true)
      }),
    )
    expect(randomStream(9).uniform(1)).not.toBe(randomStream(9).uniform(1 + 0x1_0000_0000))
  })

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses index %s', (index) => {
    expect(() => randomStream(0).uniform(index)).toThrow(/is not a count/)
  })

  it('refuses a seed that is not finite', () => {
    try {
      randomStream(Number.NaN)
      expect.unreachable()
    } catch (error) {
      expect(isIcrlError(error, 'invalid-option')).toBe(true)
    }
  })
})

describe('drawStream', () => {
  const key = {
    seed: 0,
    domain: 'train',
    step: 1,
    task: 't',
    session: 2,
    role: 'solver',
    round: 1,
    branch: 0,
    turn: 0,
  } as const

  it('changes with every part of the key', () => {
    const others = [
      { seed: 1 },
      { domain: 'eval' as const },
      { step: 2 },
      { task: 'u' },
      { session: 3 },
      { role: 'critic' },
      { round: 2 },
      { branch: 1 },
      { turn: 1 },
    ]
    const values = [key, ...others.map((other) => ({ ...key, ...other }))].map((k) =>
      drawStream(k).uniform(0),
    )
    expect(new Set(values).size).toBe(10)
  })
})
