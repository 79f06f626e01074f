import { mkdtempSync, rmSync } from 'node:fs'
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
