import { describe, expect, it } from 'vitest'
import type { Metrics, Run } from '../run.ts'
import { advise, ADVISORY_RULES } from './advise.ts'
import { zeroVarianceGroups } from './zero-variance-groups.ts'
import { formatPercent } from './advisory.ts'
import { failedSessions } from './failed-sessions.ts'

const HEALTHY: Metrics = {
  'groups/zero_variance_solver': 0.4,
  'reward/solver': 0.5,
  'accuracy/first': 0.5,
  'accuracy/guided': 0.3,
  'critic/leak_rate': 0.02,
  'calibration/weight_mean': 0.8,
  'calibration/capped_fraction': 0.05,
  'policy/clip_fraction': 0.02,
  'policy/entropy': 1,
  'policy/grad_norm': 1,
  'policy/mismatch_max': 0.001,
  'ledger/generated': 100,
  'ledger/failed': 0,
  'ledger/filtered': 0,
  'ledger/truncated': 0,
  'ledger/zero_advantage': 40,
  'ledger/trained': 60,
}

interface Given {
  readonly steps?: number
  readonly line?: Metrics | ((step: number) => Metrics)
  readonly evaluations?: readonly Metrics[]
}

function run({ steps = 20, line = {}, evaluations = [] }: Given = {}): Run {
  const metrics = Array.from({ length: steps }, (_, step) => ({
    step,
    ...HEALTHY,
    ...(typeof line === 'function' ? line(step) : line),
  }))
  return {
    directory: 'run',
    label: 'icrl',
    seed: 0,
    metrics,
    timing: [],
    evaluations: evaluations.map((values, i) => ({ step: i, tokens: i, metrics: values })),
    sampleSteps: [],
    evaluationSteps: [],
    notes: [],
  }
}

const rules = (given: Given): string[] => advise(run(given)).map(({ rule }) => rule)
const said = (given: Given, rule: string): string =>
  advise(run(given)).find((advisory) => advisory.rule === rule)?.text ?? ''
const accuracy = (...values: number[]): Metrics[] =>
  values.map((value) => ({ 'eval/critique_free': value }))

describe('advise', () => {
  it('tells a hint that is never learned', () => {
    const line: Metrics = {
      'accuracy/first': 0,
      'accuracy/guided': 0.2,
      'calibration/success_min_weight': 2e-4,
    }
    expect(said({ line }, 'muted-hints')).toContain('about 0.0002 of its gradient')
    expect(said({ line }, 'muted-hints')).toContain(
      'give the first steps full weight (`curriculum`',
    )
    expect(said({ line: { ...line, 'accuracy/first': 0.1 } }, 'muted-hints')).toBe('')
    expect(said({ line: { ...line, 'accuracy/guided': 0 } }, 'muted-hints')).toBe('')
    expect(said({ line: { ...line, 'calibration/success_min_weight': 0.3 } }, 'muted-hints')).toBe(
      '',
    )
    expect(said({ line, steps: 4 }, 'muted-hints')).toBe('')
  })

  it('has nothing to say of a healthy run', () => {
    expect(advise(run({ evaluations: accuracy(0.2, 0.5, 0.8) }))).toEqual([])
  })

  it('of a run without a step says only that it is short', () => {
    expect(rules({ steps: 0 })).toEqual(['short-run'])
  })

  it('of metrics without optional keys says nothing', () => {
    const bare: Run = { ...run(), metrics: Array.from({ length: 10 }, (_, step) => ({ step })) }
    expect(advise(bare)).toEqual([])
  })

  it('warns of zero-variance groups in the words of the reason', () => {
    const flat = { 'groups/zero_variance_solver': 0.92 }
    expect(said({ line: { ...flat, 'reward/solver': 0.02 } }, 'zero-variance-groups')).toMatch(
      /^92% of solver groups have zero variance.*too hard/,
    )
    expect(said({ line: { ...flat, 'reward/solver': 0.97 } }, 'zero-variance-groups')).toMatch(
      /too easy/,
    )
    expect(said({ line: { ...flat, 'reward/solver': 0.5 } }, 'zero-variance-groups')).toMatch(
      /too hard and the others too easy/,
    )
    expect(rules({ line: { 'groups/zero_variance_solver': 0.79 } })).toEqual([])
  })

  it('says nothing of groups where nothing was sampled', () => {
    const line = { 'groups/zero_variance_solver': 1, 'reward/solver': 1, 'tokens/sampled_total': 0 }
    expect(said({ line }, 'zero-variance-groups')).toBe('')
  })

  it('looks at the last steps only', () => {
    expect(
      rules({ line: (step) => ({ 'groups/zero_variance_solver': step < 10 ? 1 : 0.3 }) }),
    ).toEqual([])
  })

  it('says what the critic does', () => {
    expect(said({ line: { 'critic/leak_rate': 0.4 } }, 'leaking-critic')).toMatch(
      /leaks the answer in 40%/,
    )
    expect(said({ line: { 'accuracy/guided': 0 } }, 'fruitless-revisions')).toMatch(
      /^Revisions never succeed/,
    )
    expect(rules({ line: (step) => ({ 'accuracy/guided': step === 18 ? 0.1 : 0 }) })).toEqual([])
    expect(
      said({ evaluations: [{ 'critic/lift': -0.03 }, { 'critic/lift': -0.1 }] }, 'useless-critic'),
    ).toMatch(/never helped.*−3%/)
    expect(rules({ evaluations: [{ 'critic/lift': 0.3 }, { 'critic/lift': -0.1 }] })).toEqual([])
    expect(said({ evaluations: [{ 'critic/harm_rate': 0.25 }] }, 'harmful-critic')).toMatch(/25%/)
  })

  it('warns of a critic that the solver has outgrown', () => {
    // The quickstart's own run: critiques help at first, and later do harm.
    const lifts = [0.1, 0.27, 0.32, -0.15, -0.28, -0.38, -0.41, -0.29]
    const evaluations = lifts.map((lift) => ({ 'critic/lift': lift }))
    expect(said({ evaluations }, 'harmful-critic')).toMatch(
      /^After a critique second attempts succeed 36% less often than plain retries\./,
    )
    expect(said({ evaluations: evaluations.slice(0, 4) }, 'harmful-critic')).toBe('')
    const both = { 'critic/harm_rate': 0.39, 'critic/lift': -0.37 }
    expect(said({ evaluations: [both] }, 'harmful-critic')).toMatch(
      /39% of right answers become wrong, and second attempts succeed 37% less often/,
    )
  })

  it('says what the weights do', () => {
    expect(rules({ line: { 'calibration/weight_mean': 0.2 } })).toEqual(['leaning-on-critique'])
    expect(rules({ line: { 'calibration/capped_fraction': 0.3 } })).toEqual(['capped-weights'])
  })

  it('says what the update does', () => {
    expect(advise(run({ line: { 'policy/mismatch_max': 0 } }))).toMatchObject([
      { rule: 'mismatch', level: 'good' },
    ])
    expect(
      advise(run({ line: (step) => ({ 'policy/mismatch_max': step === 7 ? 0.5 : 0 }) })),
    ).toMatchObject([
      { rule: 'mismatch', level: 'warning', numbers: { 'policy/mismatch_max': 0.5 } },
    ])
    expect(rules({ line: { 'policy/clip_fraction': 0.5 } })).toEqual(['heavy-clipping'])
    expect(rules({ line: (step) => ({ 'policy/entropy': step < 5 ? 1 : 0.05 }) })).toEqual([
      'entropy-collapse',
    ])
    expect(
      rules({
        line: (step) => ({ 'policy/entropy': step < 5 ? 1 : 0.05, 'accuracy/first': 0.95 }),
      }),
    ).toEqual([])
  })

  it('says where the tokens went', () => {
    expect(said({ line: { 'ledger/failed': 20, 'ledger/trained': 40 } }, 'lost-tokens')).toMatch(
      /20% of the sampled tokens were lost.*environment/,
    )
    expect(said({ line: { 'ledger/truncated': 20, 'ledger/trained': 40 } }, 'lost-tokens')).toMatch(
      /token limit/,
    )
    expect(rules({ line: { 'ledger/zero_advantage': 80, 'ledger/trained': 20 } })).toEqual([
      'idle-tokens',
    ])
    expect(said({ line: { 'ledger/trained': 59 } }, 'unbalanced-ledger')).toMatch(/step 0/)
    expect(
      said(
        {
          line: (step): Metrics =>
            step % 2 ? { 'ledger/zero_advantage': 100, 'ledger/trained': 0 } : {},
        },
        'idle-steps',
      ),
    ).toMatch(/^10 of 20 steps/)
  })

  it('says which sessions failed, in steps and in evaluations', () => {
    const line = (step: number): Metrics =>
      step > 17 ? { 'sessions/failed': 4, 'sessions/failed_share': step === 18 ? 0.5 : 0.25 } : {}
    expect(said({ line }, 'failed-sessions')).toMatch(
      /^8 sessions failed, in 2 of 20 steps and up to 50%/,
    )
    expect(advise(run({ line }), [failedSessions({ share: 0.6 })])).toEqual([])
    const evaluations: Metrics[] = [
      { 'eval/critique_free': 1, 'eval/failed': 6, 'eval/coverage': 0.25 },
      { 'eval/critique_free': 1, 'eval/failed': 2 },
      { 'eval/failed': 8, 'eval/coverage': 0 },
    ]
    expect(said({ evaluations }, 'partial-evaluations')).toMatch(
      /after 0, 2 steps leave out .* as few as 0% count\. After 2 steps none finished/,
    )
    expect(said({ evaluations: [evaluations[1]] }, 'partial-evaluations')).toBe('')
  })

  it('says how held-out accuracy went', () => {
    expect(said({ evaluations: accuracy(0.2, 0.9, 0.5) }, 'progress')).toMatch(
      /fell again: from 90%.*50%/,
    )
    expect(said({ evaluations: accuracy(0.2, 0.21, 0.2) }, 'progress')).toMatch(/did not rise/)
    const headlined = [0.2, 0.9, 0.5].map((value, i) => ({
      'eval/critique_free': i,
      'eval/best_of': value,
    }))
    const named: Run = { ...run({ evaluations: headlined }), summary: { headline: 'best_of' } }
    expect(advise(named).map(({ rule }) => rule)).toEqual(['progress'])
    expect(rules({ evaluations: accuracy(0.2, 0.2) })).toEqual([])
  })

  it('puts warnings first and gives rule and numbers with each', () => {
    const found = advise(
      run({ steps: 3, line: { 'critic/leak_rate': 0.4, 'policy/mismatch_max': 0 } }),
    )
    expect(found.map(({ level }) => level)).toEqual(['warning', 'notice', 'good'])
    for (const { because, numbers } of found)
      expect([because.length > 20, Object.keys(numbers).length > 0]).toEqual([true, true])
  })

  it('reads a run of 150,000 steps and evaluations', () => {
    const evaluations = Array.from({ length: 150_000 }, (_, i) => ({
      'eval/critique_free': i / 150_000,
      'critic/lift': 0,
    }))
    const line: Metrics = { 'policy/mismatch_max': 0.02 }
    expect(rules({ steps: 150_000, line, evaluations })).toEqual(
      expect.arrayContaining(['mismatch', 'useless-critic']),
    )
  })

  it('takes other rules and thresholds', () => {
    expect(advise(run(), [zeroVarianceGroups({ share: 0.3 })])).toHaveLength(1)
    expect(advise(run(), [])).toEqual([])
    expect(ADVISORY_RULES.length).toBeGreaterThan(10)
  })
})

it('formatPercent keeps 0% and 100% for none and all', () => {
  const shares = [0, 0.0001, 0.015, 0.05, 0.5, 0.9949, 0.999, 0.99999, 1, -0.03, -0.015]
  expect(shares.map(formatPercent)).toEqual([
    '0%',
    '<0.1%',
    '1.5%',
    '5%',
    '50%',
    '99%',
    '99.9%',
    '>99.9%',
    '100%',
    '−3%',
    '−1.5%',
  ])
})
