import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeRun } from '../../test/make-run.ts'
import { readRun } from '../read-run.ts'
import type { Run } from '../run.ts'
import { compareRuns } from './compare-runs.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-compare-'))
afterAll(() => rmSync(root, { recursive: true }))

let number = 0
function made(
  label: string,
  seed: number,
  skill: (progress: number) => number,
  heldOut = 64,
): Promise<Run> {
  const directory = makeRun({
    directory: join(root, String(number++)),
    method: 'grpo',
    seed,
    steps: 4,
    tasks: 1,
    sessions: 2,
    evaluateEvery: 2,
    heldOut,
    skill,
  })
  return readRun(directory, { label })
}

/** A run without files: what the summary and the metrics say is all there is. */
function known(
  label: string,
  seed: number,
  points: readonly (readonly [tokens: number, accuracy: number])[],
): Run {
  const evaluations = points.map(([tokens, accuracy], step) => ({
    step,
    tokens,
    metrics: { 'eval/critique_free': accuracy },
  }))
  return {
    directory: `${label}-${seed}`,
    label,
    seed,
    metrics: [],
    timing: [],
    evaluations,
    sampleSteps: [],
    evaluationSteps: [],
    notes: [],
  }
}

describe('compareRuns', () => {
  it('gives figures worked out by hand', async () => {
    const { horizon, methods, pairs } = await compareRuns([
      known('a', 0, [
        [0, 0.2],
        [100, 0.8],
        [200, 1],
      ]),
      known('b', 0, [
        [0, 0.2],
        [150, 0.6],
      ]),
    ])
    expect(horizon).toBe(150)
    expect(methods[0]).toMatchObject({ method: 'a', tokensToThreshold: { reached: 1, of: 1 } })
    expect(methods[0].runs[0]).toMatchObject({ initial: 0.2, final: 1, best: 1 })
    expect(methods[0].atHorizon.value).toBeCloseTo(0.9, 12)
    expect(methods[0].area.value).toBeCloseTo((100 * 0.5 + 50 * 0.85) / 150, 12)
    expect(methods[0].tokensToThreshold.median).toBeCloseTo(83.3333, 3)
    expect(methods[1].tokensToThreshold).toEqual({ reached: 0, of: 1 })
    expect(pairs).toHaveLength(1)
    expect(pairs[0].atHorizon.value).toBeCloseTo(0.3, 12)
    expect(pairs[0].atHorizon.low).toBeUndefined()
  })

  it('keeps every curve, with seconds where there is timing', async () => {
    const runs = await Promise.all([made('a', 0, () => 0.5), made('a', 1, () => 0.6)])
    const { methods } = await compareRuns(runs)
    expect(methods[0].runs.map(({ seed, points }) => [seed, points.length])).toEqual([
      [0, 3],
      [1, 3],
    ])
    expect(methods[0].runs[0].points[2].seconds).toBeGreaterThan(1)
  })

  it('tells a real difference from none, at the same seeds and tasks', async () => {
    const runs = await Promise.all(
      [0, 1].flatMap((seed) => [
        made('good', seed, (p) => 0.2 + 0.7 * p),
        made('bad', seed, (p) => 0.2 + 0.1 * p),
        made('same', seed, (p) => 0.2 + 0.1 * p),
      ]),
    )
    const { pairs, tasks, statement } = await compareRuns(runs, { resamples: 500 })
    const [goodBad, , badSame] = pairs
    expect(tasks).toBe(64)
    expect(goodBad).toMatchObject({ first: 'good', second: 'bad', seeds: [0, 1] })
    expect(goodBad.atHorizon.low).toBeGreaterThan(0.3)
    expect(badSame.atHorizon.low).toBeLessThanOrEqual(0)
    expect(badSame.atHorizon.high).toBeGreaterThanOrEqual(0)
    expect(statement).toContain('2 seeds and 64 held-out tasks')
    expect(statement).toContain('fewer than five seeds')
  })

  it('pairing tasks narrows the interval of a difference', async () => {
    const runs = await Promise.all([made('a', 0, () => 0.5), made('b', 0, () => 0.45)])
    const { methods, pairs } = await compareRuns(runs)
    const width = ({ low, high }: { low?: number; high?: number }): number => high! - low!
    expect(width(pairs[0].atHorizon)).toBeLessThan(
      Math.hypot(width(methods[0].atHorizon), width(methods[1].atHorizon)),
    )
  })

  it('is the same twice', async () => {
    const runs = await Promise.all([made('a', 0, () => 0.5), made('b', 0, () => 0.6)])
    expect(await compareRuns(runs, { resamples: 200 })).toEqual(
      await compareRuns(runs, { resamples: 200 }),
    )
  })

  it('all tasks alike: the interval is a point', async () => {
    const { methods } = await compareRuns([await made('a', 0, () => 1.5)])
    expect(methods[0].atHorizon).toEqual({ value: 1, low: 1, high: 1 })
  })

  it('seeds alone are resampled where no outcomes per task are stored; bimodal ones reach no median', async () => {
    const high = [
      [0, 0.1],
      [100, 0.9],
    ] as const
    const low = [
      [0, 0.1],
      [100, 0.2],
    ] as const
    const { methods, statement } = await compareRuns(
      [known('a', 0, high), known('a', 1, low), known('a', 2, low)],
      { resamples: 500 },
    )
    expect(methods[0].atHorizon.value).toBeCloseTo(0.4333, 3)
    expect(methods[0].atHorizon).toMatchObject({
      low: expect.closeTo(0.2, 9),
      high: expect.closeTo(0.9, 9),
    })
    expect(methods[0].tokensToThreshold).toMatchObject({
      reached: 1,
      of: 3,
      low: expect.closeTo(75, 6),
    })
    expect(methods[0].tokensToThreshold.median).toBeUndefined()
    expect(methods[0].tokensToThreshold.high).toBeUndefined()
    expect(statement).toContain('only seeds are resampled')
  })

  it('does not subtract methods without a common seed', async () => {
    const { pairs, statement } = await compareRuns([
      known('a', 0, [[0, 0]]),
      known('a', 2, [[0, 0]]),
      known('b', 1, [[0, 1]]),
    ])
    expect(pairs).toEqual([])
    expect(statement).toContain('without a common seed')
  })

  it('one evaluation only: horizon 0', async () => {
    const { horizon, methods } = await compareRuns([known('a', 0, [[0, 0.25]])])
    expect([horizon, methods[0].area.value]).toEqual([0, 0.25])
  })

  it('leaves out and names runs that were not evaluated', async () => {
    const { omitted, methods } = await compareRuns([
      known('a', 0, [[0, 0.25]]),
      known('a', 1, []),
      known('b', 0, []),
    ])
    expect([omitted, methods.map(({ method, runs }) => [method, runs.length])]).toEqual([
      ['a, seed 1', 'b, seed 0'],
      [['a', 1]],
    ])
  })

  it('refuses runs none of which was evaluated, and a run given twice', async () => {
    await expect(compareRuns([known('a', 0, [])])).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(
      compareRuns([known('a', 0, [[0, 0]]), known('a', 0, [[0, 0]])]),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('given twice'),
    })
  })
})

describe('headlines', () => {
  const named = (label: string, headline: string): Run => ({
    ...known(label, 0, []),
    summary: { headline },
    evaluations: [
      { step: 0, tokens: 0, metrics: { [`eval/${headline}`]: 0.25, 'eval/other': 0.5 } },
    ],
  })

  it('are compared where the runs share one, and older runs have critique_free', async () => {
    expect(await compareRuns([named('a', 'best_of'), named('b', 'best_of')])).toMatchObject({
      condition: 'best_of',
      methods: [{ atHorizon: { value: 0.25 } }, { atHorizon: { value: 0.25 } }],
    })
    const [older, newer] = [known('a', 0, [[0, 0.5]]), named('b', 'critique_free')]
    expect(await compareRuns([older, newer])).toMatchObject({ condition: 'critique_free' })
  })

  it('are refused where they differ, unless a condition is named', async () => {
    const runs = [named('a', 'one'), named('b', 'two')]
    await expect(compareRuns(runs)).rejects.toThrow(/headlines one, two/)
    expect(await compareRuns(runs, { condition: 'other' })).toMatchObject({ condition: 'other' })
  })

  it('of a run that was never evaluated do not count', async () => {
    const comparison = await compareRuns([named('a', 'one'), known('b', 0, [])])
    expect(comparison).toMatchObject({ condition: 'one', omitted: ['b, seed 0'] })
  })
})

describe('sets of held-out tasks', () => {
  /** `large`: 40 tasks, every fourth solved; `small`: 4 tasks, `solved` of them. */
  function ofSets(label: string, solved: number): Promise<Run> {
    const directory = join(root, String(number++))
    mkdirSync(join(directory, 'evaluations'), { recursive: true })
    const line = (set: string, task: number, success: boolean): string =>
      `${JSON.stringify({ set, task: `q${task}`, condition: 'first', repeat: 0, success, tokens: 1 })}\n`
    const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
    const lines = [
      ...range(40).map((task) => line('large', task, task % 4 === 0)),
      ...range(4).map((task) => line('small', task, task < solved)),
    ].join('')
    const evaluations = [0, 2].map((step) => {
      writeFileSync(join(directory, 'evaluations', `step-0000${step}.jsonl`), lines)
      const metrics = {
        'eval/first': (0.25 + solved / 4) / 2,
        'eval/large/first': 0.25,
        'eval/small/first': solved / 4,
      }
      return { step, tokens: step * 50, metrics }
    })
    const steps = [0, 1].map((step) => ({ step, 'tokens/sampled_total': (step + 1) * 50 }))
    writeFileSync(
      join(directory, 'metrics.jsonl'),
      steps.map((step) => `${JSON.stringify(step)}\n`).join(''),
    )
    writeFileSync(
      join(directory, 'summary.json'),
      JSON.stringify({ method: label, headline: 'first', steps: 2, evaluations }),
    )
    return readRun(directory, { label })
  }

  it('count once each, with their tasks resampled within them', async () => {
    const runs = [await ofSets('a', 4), await ofSets('b', 0)]
    const comparison = await compareRuns(runs, { resamples: 400 })
    const { condition, tasks, sets, methods, pairs, statement } = comparison
    expect([condition, tasks, sets]).toEqual(['first', 44, 2])
    expect(statement).toContain('44 held-out tasks within their 2 sets')
    expect(methods[0].atHorizon.value).toBe(0.625)
    expect(methods[1].atHorizon.value).toBe(0.125)
    // All four tasks of the small set differ, whichever are drawn, and none of the large one.
    const difference = pairs[0].atHorizon
    expect(difference.value).toBe(0.5)
    expect(difference.low).toBeCloseTo(0.5, 12)
    expect(difference.high).toBeCloseTo(0.5, 12)
    const { low, high } = methods[0].atHorizon
    expect(low).toBeGreaterThan(0.53)
    expect(high).toBeLessThan(0.72)
  })

  it('can be compared alone', async () => {
    const runs = [await ofSets('a', 2), await ofSets('b', 1)]
    const small = await compareRuns(runs, { condition: 'small/first' })
    expect(small).toMatchObject({ tasks: 4, sets: 1, methods: [{ atHorizon: { value: 0.5 } }, {}] })
    const large = await compareRuns(runs, { condition: 'large/first' })
    expect(large).toMatchObject({ tasks: 40, methods: [{ atHorizon: { value: 0.25 } }, {}] })
    await expect(compareRuns(runs, { condition: 'none/first' })).rejects.toMatchObject({
      code: 'invalid-option',
    })
  })
})

describe('evaluations of which sessions failed', () => {
  interface Session {
    readonly task: string
    readonly success?: boolean
  }

  /** One evaluation a list, of the tasks that `config.json` counts. */
  function evaluated(
    label: string,
    evaluations: readonly (readonly Session[])[],
    count: number,
  ): Promise<Run> {
    const directory = join(root, String(number++))
    mkdirSync(join(directory, 'evaluations'), { recursive: true })
    const points = evaluations.map((sessions, step) => {
      const lines = sessions.map(({ task, success }) =>
        JSON.stringify({
          task,
          condition: 'first',
          repeat: 0,
          tokens: 1,
          ...(success === undefined ? { failure: 'lost' } : { success }),
        }),
      )
      writeFileSync(
        join(directory, 'evaluations', `step-0000${step}.jsonl`),
        lines.map((line) => `${line}\n`).join(''),
      )
      const known = sessions.filter(({ success }) => success !== undefined)
      const right = known.filter(({ success }) => success).length
      const failed = sessions.length - known.length
      const metrics = {
        ...(known.length > 0 && { 'eval/first': right / known.length }),
        ...(failed > 0 && {
          'eval/failed': failed,
          'eval/coverage': known.length / sessions.length,
        }),
      }
      return { step, tokens: 10 * step, metrics }
    })
    writeFileSync(
      join(directory, 'config.json'),
      JSON.stringify({ evaluation: { tasks: { count, sha256: 'abc' }, repeats: 1 } }),
    )
    writeFileSync(
      join(directory, 'summary.json'),
      JSON.stringify({ headline: 'first', evaluations: points }),
    )
    return readRun(directory, { label })
  }
  const sessions = (outcomes: string): Session[] =>
    [...outcomes].map((letter, i) => ({
      task: `q${i}`,
      ...(letter !== '?' && { success: letter === '1' }),
    }))

  it('count them as no success, and are named with how much that may cost', async () => {
    const whole = await evaluated('whole', [sessions('00000000'), sessions('11110000')], 8)
    const lost = await evaluated('lost', [sessions('00000000'), sessions('11??????')], 8)
    const { methods, pairs, partial, tasks } = await compareRuns([whole, lost])
    expect(tasks).toBe(8)
    expect(methods.map(({ atHorizon }) => atHorizon.value)).toEqual([0.5, 0.25])
    expect(pairs[0].atHorizon.value).toBe(0.25)
    expect(partial).toEqual([{ method: 'lost', seed: 0, step: 1, failed: 6, of: 8 }])
  })

  it('are no points of the curve where all failed', async () => {
    const run = await evaluated('a', [sessions('01'), sessions('??'), sessions('11')], 2)
    const { methods, partial } = await compareRuns([run])
    expect(methods[0].runs[0].points.map(({ step, value }) => [step, value])).toEqual([
      [0, 0.5],
      [2, 1],
    ])
    expect(partial).toMatchObject([{ step: 1, failed: 2, of: 2 }])
  })

  it('are refused where nothing is stored that bounds them', async () => {
    const run = await evaluated('a', [sessions('0?')], 2)
    rmSync(join(run.directory, 'evaluations'), { recursive: true })
    await expect(compareRuns([await readRun(run.directory)])).rejects.toMatchObject({
      code: 'missing-file',
      message: expect.stringMatching(/step-00000\.jsonl is not there.*cannot be bounded/),
    })
  })

  it('that lost lines since are refused by name', async () => {
    const run = await evaluated('a', [sessions('11'), sessions('11')], 4)
    await expect(compareRuns([run])).rejects.toMatchObject({
      code: 'corrupt-file',
      message: expect.stringMatching(/step-00000\.jsonl holds 2 sessions under "first", where 4/),
    })
  })
})

describe('runs that are not alike', () => {
  const configured = (label: string, seed: number, config: Run['config'], at = label): Run => ({
    ...known(label, seed, [
      [0, 0.2],
      [100, 0.2 + seed / 10],
    ]),
    directory: `${at}/seed-${seed}`,
    config,
  })
  const heldOut = (
    sha256: string,
  ): { evaluation: { tasks: { count: number; sha256: string } } } => ({
    evaluation: { tasks: { count: 2, sha256 } },
  })

  it('are refused where they were evaluated on different tasks, with both', async () => {
    const runs = [configured('a', 0, heldOut('easy')), configured('b', 0, heldOut('hard'))]
    await expect(compareRuns(runs)).rejects.toMatchObject({
      code: 'run-conflict',
      message: expect.stringMatching(/a\/seed-0: 2 tasks, sha256 easy[^]*b\/seed-0: .*hard/),
    })
    expect(
      await compareRuns([runs[0], configured('b', 0, heldOut('easy')), known('c', 0, [[0, 0]])]),
    ).toMatchObject({ methods: { length: 3 } })
  })

  it('are compared on the set that they share', async () => {
    const sets = (math: string): Run['config'] => ({
      evaluation: {
        sets: {
          math: { tasks: { count: 2, sha256: math } },
          code: { tasks: { count: 2, sha256: 'c' } },
        },
      },
    })
    const runs = [sets('x'), sets('y')].map((config, i) => ({
      ...configured(`m${i}`, 0, config),
      evaluations: [{ step: 0, tokens: 0, metrics: { 'eval/code/first': 0.5, 'eval/first': 0.5 } }],
    }))
    await expect(compareRuns(runs, { condition: 'first' })).rejects.toThrow(/different held-out/)
    expect(await compareRuns(runs, { condition: 'code/first' })).toMatchObject({
      condition: 'code/first',
    })
  })

  it('of one name are no seeds of one method; what differs is their name', async () => {
    const of = (seed: number, learningRate: number, model: string): Run =>
      configured('grpo', seed, {
        config: { model: { path: `../../${model}` } },
        optimizer: { learningRate },
        method: { options: { groups: 8 } },
      })
    const { methods, unlike } = await compareRuns([
      of(0, 1e-4, 'small'),
      of(1, 1e-4, 'small'),
      of(2, 3e-4, 'small'),
      of(3, 3e-4, 'large'),
    ])
    expect(methods.map(({ method, runs }) => [method, runs.length])).toEqual([
      ['grpo (model small, learning rate 0.0001)', 2],
      ['grpo (model small, learning rate 0.0003)', 1],
      ['grpo (model large, learning rate 0.0003)', 1],
    ])
    expect(unlike).toEqual([
      expect.stringMatching(/^Not alike: grpo .* model small; .*model large\.$/),
      expect.stringMatching(/learning rate 0\.0001; .*learning rate 0\.0003/),
    ])
  })
})
