import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSuccess } from '@icrl/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRun, type MakeRunOptions } from '../../test/make-run.ts'
import { readRun } from '../read-run.ts'
import { readSamples } from '../read-samples.ts'
import type { Run } from '../run.ts'
import { buildReportData } from './build-report-data.ts'
import type { ReportData } from './report-data.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-data-'))
afterAll(() => rmSync(root, { recursive: true }))

let number = 0
const made = (options: Omit<MakeRunOptions, 'directory'> = {}, label?: string): Promise<Run> =>
  readRun(makeRun({ directory: join(root, String(number++)), ...options }), { label })

describe('buildReportData', () => {
  let run: Run
  let data: ReportData
  beforeAll(async () => {
    run = await made({ hasObservations: true, hasRatios: true })
    data = await buildReportData([run, await made({ method: 'grpo' })], { maxSessions: 9 })
  })

  it('shares the sessions shown among the runs and says how many there are', () => {
    expect(data.shown).toEqual({ sessions: 9, of: 192, tokensEach: 4444, seed: 0 })
    expect(
      [0, 1].map((run) => data.sessions.filter((session) => session.run === run).length),
    ).toEqual([5, 4])
  })

  it('orders a session as it was said, with all that a token’s weight derives from', () => {
    const { turns } = data.sessions.find(({ turns: all }) => all.length === 3)!
    expect(turns.map(({ role, round, isRebound }) => [role, round, isRebound])).toEqual([
      ['solver', 1, false],
      ['critic', 1, false],
      ['solver', 2, true],
    ])
    const revision = turns[2]
    expect(revision.observed).toEqual([2, 3])
    expect(revision.tokens?.at(-1)).toBe('<end>')
    expect(revision.prompt).toContain('tips')
    expect(revision.trainedPrompt).not.toContain('tips')
    for (const [t, weight] of revision.weights!.entries())
      if (!revision.observed!.includes(t))
        expect(weight).toBeCloseTo(Math.exp(revision.old![t] - revision.behavior[t]), 3)
    expect(revision.trained).toHaveLength(revision.ids.length)
    expect(typeof revision.advantages).toBe('number')
  })

  it('surveys groups and weights of every step', () => {
    const [icrl, grpo] = data.runs.map(({ survey }) => survey)
    expect(icrl.step).toEqual([0, 1, 2, 3, 4, 5])
    expect(Object.keys(icrl.groups)).toEqual(['solver', 'critic'])
    for (const i of icrl.step)
      expect(
        icrl.groups.solver.failed[i] + icrl.groups.solver.mixed[i] + icrl.groups.solver.solved[i],
      ).toBe(4)
    const [low, middle, high] = [icrl.weight10[0]!, icrl.weight50[0]!, icrl.weight90[0]!]
    expect([low <= middle, middle <= high]).toEqual([true, true])
    expect(grpo.weight50.every((weight) => weight === null)).toBe(true)
  })

  it('names the tokens of successful revisions that w_t holds back', async () => {
    const [icrl, grpo] = data.runs
    const counted = new Map<number, number>()
    for (const step of icrl.survey.step)
      for await (const sample of readSamples(run.directory, step)) {
        const { response, mask, weights } = sample
        if (!isSuccess(sample) || sample.keys.round === 1 || sample.keys.role !== 'solver') continue
        for (const [t, weight] of weights!.entries())
          if (mask[t] && weight < 0.1) counted.set(response[t], (counted.get(response[t]) ?? 0) + 1)
      }
    expect(icrl.muted.length).toBeGreaterThan(0)
    for (const { id, count, weight } of icrl.muted) {
      expect(count).toBe(counted.get(id))
      expect(weight).toBeLessThan(0.1)
    }
    expect(icrl.muted.every(({ text }) => text !== undefined && text !== '')).toBe(true)
    expect(grpo.muted).toEqual([])
  })

  it('agrees with the metrics: zero-variance groups, ledger, phases', () => {
    const { survey, metrics, ledger, phases } = data.runs[0]
    expect(survey.groups.solver.mixed.map((mixed) => 1 - mixed / 4)).toEqual(
      metrics['groups/zero_variance_solver'],
    )
    expect(ledger.trained + ledger.zero_advantage).toBe(ledger.generated)
    expect(Object.keys(phases)).toEqual(['evaluate', 'sample', 'score', 'train'])
  })

  it('is JSON without loss, and does not depend on the clock where it should not', async () => {
    const run = await made()
    const once = await buildReportData([run], { date: null })
    expect(JSON.parse(JSON.stringify(once))).toEqual(
      await buildReportData([run], { date: null }).then((again) =>
        JSON.parse(JSON.stringify(again)),
      ),
    )
    expect(once.date).toBeUndefined()
    expect((await buildReportData([run], { date: new Date(0) })).date).toBe('1970-01-01 00:00 UTC')
  })

  it('cuts long sessions to what there is room for, every turn keeping some', async () => {
    const { sessions, shown } = await buildReportData([await made()], {
      maxSessions: 10,
      maxTokens: 60,
    })
    expect(shown.tokensEach).toBe(6)
    for (const { turns } of sessions) {
      expect(turns.reduce((sum, { ids }) => sum + ids.length, 0)).toBeLessThanOrEqual(6)
      for (const { ids, length, behavior, tokens } of turns) {
        expect(ids.length).toBeGreaterThan(0)
        expect([ids.length <= length, behavior.length, tokens!.length]).toEqual([
          true,
          ids.length,
          ids.length,
        ])
      }
    }
  })

  it('thins out long runs, the last step kept, and sums over all of it', async () => {
    const run = await made({ steps: 3 })
    const long: Run = {
      ...run,
      metrics: Array.from({ length: 1001 }, (_, step) => ({
        step,
        'ledger/generated': 1,
        'ledger/trained': 1,
      })),
    }
    const { everyNthStep, metrics, ledger, steps } = (await buildReportData([long])).runs[0]
    expect([
      everyNthStep,
      metrics.step.length,
      metrics.step.at(-1),
      ledger.generated,
      steps,
    ]).toEqual([3, 335, 1000, 1001, 1001])
  })

  it('keeps texts where the run has no vocabulary, and takes another one', async () => {
    const run = await made({ isWithoutVocabulary: true, steps: 1 })
    const [
      {
        turns: [plain],
      },
    ] = (await buildReportData([run])).sessions
    expect([plain.tokens, plain.text]).toEqual([undefined, expect.stringMatching(/\w+ \w+/)])
    const [
      {
        turns: [given],
      },
    ] = (await buildReportData([run], { vocabulary: (id) => (id === 3 ? undefined : `w${id}`) }))
      .sessions
    expect([given.tokens!.at(-1), given.tokens![0], given.text]).toEqual([
      '⟨3⟩',
      `w${given.ids[0]}`,
      undefined,
    ])
  })

  it('compares no run with one that was evaluated on other tasks, and says so', async () => {
    const config = (sha256: string): Run['config'] => ({
      evaluation: { tasks: { count: 64, sha256 } },
    })
    const [first, second] = [await made(), await made({ method: 'grpo' })]
    const { runs, comparison } = await buildReportData([
      { ...first, config: config('easy'), evaluationSteps: [] },
      { ...second, config: config('hard'), evaluationSteps: [] },
    ])
    expect(comparison?.methods.map(({ method }) => method)).toEqual(['icrl'])
    expect(runs.map(({ notes }) => notes)).toEqual([
      [],
      [expect.stringContaining('evaluated on other held-out tasks')],
    ])
  })

  it('takes a run for finished once its summary has the last evaluation, accuracy or not', async () => {
    const run = await made({ steps: 4 })
    const isFinished = async (summary: Run['summary']): Promise<boolean> =>
      (await buildReportData([{ ...run, summary }])).runs[0].isFinished
    // Killed in the step after an evaluation, whose file is there.
    expect(run.evaluations.at(-1)!.step).toBe(run.metrics.length)
    expect(await isFinished({ steps: 4, eval_initial: 0.1 })).toBe(false)
    expect(await isFinished({ steps: 4, eval_final: 0.5 })).toBe(true)
    expect(await isFinished({ steps: 4, eval_final_coverage: 0 })).toBe(true)
  })

  it('of no runs, or of a run without a step, is an empty report', async () => {
    expect(await buildReportData([], { date: null })).toEqual({
      title: 'Empty report',
      runs: [],
      sessions: [],
      shown: { sessions: 0, of: 0, tokensEach: 1000, seed: 0 },
    })
    const run = await made({ steps: 1 })
    const { runs, comparison } = await buildReportData([
      { ...run, metrics: [], timing: [], evaluations: [], sampleSteps: [] },
    ])
    expect([runs[0].steps, runs[0].tokens, comparison]).toEqual([0, 0, undefined])
  })
})
