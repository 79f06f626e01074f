import { describe, expect, it } from 'vitest'
import { axisRange } from '../page/axis-range.ts'
import { align, meanOfLines, trailingMean, valueNear } from '../page/align.ts'
import {
  formatCount,
  formatEstimate,
  formatList,
  formatNumber,
  formatPoints,
  formatSeconds,
  plural,
} from '../page/format.ts'
import { diffPrompts } from '../page/prompt-diff.ts'
import { shadesFor } from '../page/shades.ts'
import { explainWeight, tokenFacts, weightSummary } from '../page/token-facts.ts'
import type { TurnData } from '../src/page-data/report-data.ts'

const TURN: TurnData = {
  role: 'solver',
  round: 2,
  reward: 1,
  rewards: {},
  finish: 'stop',
  isValid: true,
  isRebound: true,
  length: 3,
  ids: [5, 6, 7],
  tokens: ['a', ' b', 'c'],
  observed: [2],
  behavior: [-0.1, -2, 0],
  old: [-1.1, -1, 0],
  trained: [-1, -1, 0],
  advantages: 0.5,
  weights: [Math.exp(-1), Math.E, 1],
}

describe('tokenFacts', () => {
  it('derives weight and ratio from the log-probabilities', () => {
    const facts = tokenFacts(TURN, 0, 2)
    expect(facts).toMatchObject({
      text: 'a',
      id: 5,
      isObserved: false,
      behavior: -0.1,
      old: -1.1,
      advantage: 0.5,
    })
    expect(facts.derivedWeight).toBeCloseTo(Math.exp(-1), 12)
    expect(facts.ratio).toBeCloseTo(Math.exp(0.1), 12)
    expect(tokenFacts(TURN, 1, 2)).toMatchObject({ weight: Math.E, usedWeight: 2 })
    expect(tokenFacts(TURN, 2).isObserved).toBe(true)
  })

  it('without help has weight 1, without texts shows ids, without a training pass has no ratio', () => {
    const { tokens: _, weights: __, trained: ___, ...bare } = TURN
    const facts = tokenFacts({ ...bare, isRebound: false }, 0)
    expect([facts.weight, facts.derivedWeight, facts.ratio, facts.text]).toEqual([
      1,
      undefined,
      undefined,
      '⟨5⟩',
    ])
    expect(tokenFacts(bare, 0).weight).toBeCloseTo(Math.exp(-1), 12)
  })

  it('explains each kind of weight', () => {
    const said = (weight: number, cap = 2): string =>
      explainWeight({ weight, usedWeight: Math.min(weight, cap), derivedWeight: weight })
    expect(said(0.25)).toBe(
      'Without the critique this token is 4 times less likely: it leans on the critique and is learned cautiously.',
    )
    expect(said(1)).toMatch(/learned in full/)
    expect(said(1.5)).toMatch(/1.5 times better/)
    expect(said(8)).toMatch(/8 times better.*cap.*2-fold/)
    expect(said(1e-9)).toMatch(/over 1000 times/)
    expect(explainWeight({ weight: 1, usedWeight: 1 })).toMatch(/same prompt/)
  })

  it('sums up a turn over the tokens the model chose', () => {
    expect(weightSummary(TURN, 2)).toEqual({
      mean: (Math.exp(-1) + Math.E) / 2,
      capped: 1,
      count: 2,
    })
  })
})

describe('shades', () => {
  it('are neutral where a figure is, and as strong as they get at the ends', () => {
    const [weight, ratio, advantage, logprob, mask] = shadesFor(2)
    expect([weight.strengthOf(1), weight.strengthOf(0), weight.strengthOf(100)]).toEqual([0, -1, 1])
    expect([ratio.strengthOf(1), advantage.strengthOf(0), advantage.strengthOf(-9)]).toEqual([
      0, 0, -1,
    ])
    expect([logprob.strengthOf(0), logprob.strengthOf(-50)].map(Math.abs)).toEqual([0, 1])
    expect([mask.strengthOf(0), Math.sign(mask.strengthOf(1))]).toEqual([0, 1])
    expect(weight.ticks).toEqual([0.25, 0.5, 1, 2])
    expect(shadesFor(undefined)[0].ticks).toEqual([0.25, 0.5, 1, 2, 4])
  })

  it('give what the environment wrote a mask and nothing else', () => {
    const facts = { ...tokenFacts(TURN, 0), isObserved: true }
    expect(shadesFor(2).map(({ valueOf }) => valueOf(facts))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      0,
    ])
    expect(
      shadesFor(2)
        .at(-1)!
        .valueOf({ ...facts, isObserved: false }),
    ).toBe(1)
  })
})

describe('diffPrompts', () => {
  it.each([
    [
      'start a tips b c',
      'start a',
      { before: 'start a ', removed: 'tips b c', added: '', after: '' },
    ],
    ['x tips b y', 'x y', { before: 'x ', removed: 'tips b ', added: '', after: 'y' }],
    ['same', 'same', { before: 'same', removed: '', added: '', after: '' }],
    ['', 'new', { before: '', removed: '', added: 'new', after: '' }],
    ['a b b c', 'a b c', { before: 'a b ', removed: 'b ', added: '', after: 'c' }],
  ])('of %j and %j', (sampled, trained, expected) => {
    expect(diffPrompts(sampled, trained)).toEqual(expected)
  })
})

describe('align', () => {
  it('puts lines on one x', () => {
    expect(
      align([
        { x: [0, 2], y: [1, 3] },
        { x: [1, 2], y: [5, 6] },
      ]),
    ).toEqual({
      x: [0, 1, 2],
      columns: [
        [1, null, 3],
        [null, 5, 6],
      ],
    })
    expect(align([])).toEqual({ x: [], columns: [] })
  })

  it('reads a line between its points, not beyond them', () => {
    expect([0, 1, 2, 3].map((i) => valueNear([0, 1, 4, 5], [2, null, 10, null], i))).toEqual([
      2,
      4,
      10,
      undefined,
    ])
    expect(valueNear([0, 1], [null, 1], 0)).toBeUndefined()
  })

  it('averages lines where all of them run', () => {
    expect(
      meanOfLines([
        { x: [0, 10, 20], y: [0, 10, 20] },
        { x: [5, 15], y: [1, 1] },
      ]),
    ).toEqual({ x: [5, 10, 15], y: [3, 5.5, 8] })
    expect(meanOfLines([{ x: [0], y: [null] }])).toEqual({ x: [], y: [] })
  })

  it('averages backwards', () => {
    expect(trailingMean([1, 3, null, 5], 2)).toEqual([1, 2, null, 5])
    expect(trailingMean([1, 2, 3], 1)).toEqual([1, 2, 3])
  })
})

it('axisRange includes 0, with room, and is 0 to 1 where everything is 0', () => {
  expect(axisRange(2, 10)).toEqual([0, 10.6])
  expect(axisRange(-5, 5)).toEqual([-5.6, 5.6])
  expect(axisRange(0, 0)).toEqual([0, 1])
})

describe('format', () => {
  it('writes numbers as people read them', () => {
    expect([0, 0.01, 0.4, -2, 999, 1000, 61_234, 123_456, 2_500_000].map(formatCount)).toEqual([
      '0',
      '<0.1',
      '0.4',
      '−2',
      '999',
      '1k',
      '61.2k',
      '123k',
      '2.5M',
    ])
    expect([0, 0.0001, 0.012, 0.25, 42, 200, 3900].map(formatSeconds)).toEqual([
      '0 s',
      '<1 ms',
      '12 ms',
      '0.3 s',
      '42 s',
      '3 min 20 s',
      '1 h 5 min',
    ])
    expect([0, -0.5, 1234.5678, 0.00001, 12.3456].map(formatNumber)).toEqual([
      '0',
      '−0.5',
      '1234.57',
      '1.0e−5',
      '12.3',
    ])
    expect([0.123, -0.05, 0.0001].map(formatPoints)).toEqual(['+12.3', '−5.0', '0.0'])
    expect(formatEstimate({ value: 0.5, low: 0.4, high: 0.6 })).toBe('50% (40% to 60%)')
    expect([[], ['a'], ['a', 'b', 'c']].map(formatList)).toEqual(['', 'a', 'a, b and c'])
    expect([plural(1, 'step'), plural(1200, 'step')]).toEqual(['1 step', '1,200 steps'])
  })
})
