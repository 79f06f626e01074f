import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRebound } from '@icrl/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRun } from '../test/make-run.ts'
import { findRuns } from './find-runs.ts'
import { readEvaluation } from './read-evaluation.ts'
import { readRun } from './read-run.ts'
import { readSamples } from './read-samples.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-runs-'))
const whole = join(root, 'whole')
beforeAll(() => void makeRun({ directory: whole, seed: 3 }))
afterAll(() => rmSync(root, { recursive: true }))

describe('readRun', () => {
  it('reads a finished run', async () => {
    const run = await readRun(whole)
    expect(run).toMatchObject({
      label: 'icrl',
      seed: 3,
      notes: [],
      sampleSteps: [0, 1, 2, 3, 4, 5],
      evaluationSteps: [0, 3, 6],
    })
    expect(run.metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5])
    expect(run.summary?.backend).toBe('native-cpu')
  })

  it('places evaluations at the tokens and the training seconds before them', async () => {
    const { evaluations, metrics, timing } = await readRun(whole)
    expect(evaluations.map(({ step }) => step)).toEqual([0, 3, 6])
    expect(evaluations.map(({ tokens }) => tokens)).toEqual([
      0,
      metrics[2]['tokens/sampled_total'],
      metrics[5]['tokens/sampled_total'],
    ])
    const training = timing
      .slice(0, 3)
      .reduce((sum, line) => sum + line['perf/step_seconds'] - line['perf/phase/evaluate'], 0)
    expect(evaluations[0].seconds).toBe(0)
    expect(evaluations[1].seconds).toBeCloseTo(training, 10)
    expect(evaluations[2].metrics['eval/critique_free']).toBeTypeOf('number')
  })

  it('reads a run that was killed: no summary, a torn line, a timing line too many', async () => {
    const directory = makeRun({ directory: join(root, 'killed'), steps: 4, isUnfinished: true })
    appendFileSync(join(directory, 'metrics.jsonl'), '{"step":4,"reward/solver":0.')
    appendFileSync(join(directory, 'timing.jsonl'), '{"step":4}\n')
    const run = await readRun(directory)
    expect(run.metrics).toHaveLength(4)
    expect(run.timing).toHaveLength(4)
    expect(run.notes).toEqual([
      { file: join(directory, 'metrics.jsonl'), text: expect.stringContaining('line 5, 28 bytes') },
    ])
    expect(run.evaluations.map(({ step }) => step)).toEqual([0, 3])
  })

  it('reads a run that was killed before its first step', async () => {
    const directory = join(root, 'young')
    mkdirSync(directory)
    writeFileSync(join(directory, 'config.json'), '{"method":{"name":"grpo"},"seed":7}')
    expect(await readRun(directory)).toMatchObject({
      label: 'grpo',
      seed: 7,
      metrics: [],
      timing: [],
      evaluations: [],
      sampleSteps: [],
    })
  })

  it('reads the metrics of run format 1 under their present names', async () => {
    const directory = join(root, 'format-1')
    mkdirSync(directory)
    writeFileSync(join(directory, 'metrics.jsonl'), '{"step":0,"groups/flat_solver":0.25}\n')
    expect((await readRun(directory)).metrics).toEqual([
      { step: 0, 'groups/zero_variance_solver': 0.25 },
    ])
  })

  it('notes metrics that do not have their checksum', async () => {
    const directory = makeRun({ directory: join(root, 'edited'), steps: 3 })
    const file = join(directory, 'metrics.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"reward/solver":', '"reward/solver": '))
    expect((await readRun(directory)).notes).toMatchObject([
      { text: expect.stringContaining('checksum') },
    ])
  })

  it.each([
    ['a damaged metrics line', 'metrics.jsonl', '{"step":0}\n{"step":\n', 'line 2'],
    ['a metric that is no number', 'metrics.jsonl', '{"step":0,"policy/kl":null}\n', 'policy/kl'],
    [
      'steps that run backwards',
      'metrics.jsonl',
      '{"step":1}\n{"step":1}\n',
      'step 1 follows step 1',
    ],
    ['a metrics line without a step', 'metrics.jsonl', '{"reward/solver":0}\n', 'step'],
    ['a summary that is cut off', 'summary.json', '{"method":"ic', 'summary.json'],
    ['a configuration that is no object', 'config.json', '[]', 'config.json'],
  ])('refuses %s', async (name, file, content, where) => {
    const directory = join(root, name.replaceAll(' ', '-'))
    mkdirSync(directory)
    writeFileSync(join(directory, 'metrics.jsonl'), '{"step":0}\n')
    writeFileSync(join(directory, file), content)
    await expect(readRun(directory)).rejects.toMatchObject({
      code: 'corrupt-file',
      message: expect.stringContaining(where),
    })
  })

  it('names a folder that holds no run', async () => {
    await expect(readRun(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'missing-file' })
  })
})

describe('findRuns', () => {
  it('finds the arms of a comparison, their seeds in order, labeled by folder, in the order of the summary', async () => {
    const out = join(root, 'comparison')
    for (const seed of [10, 2])
      makeRun({ directory: join(out, 'icrl-shuffled', `seed-${seed}`), seed, steps: 1 })
    makeRun({ directory: join(out, 'grpo'), method: 'grpo', steps: 1 })
    const order = async (): Promise<string[]> =>
      (await findRuns(out)).map(({ label, seed }) => `${label} ${seed}`)
    expect(await order()).toEqual(['grpo 0', 'icrl-shuffled 2', 'icrl-shuffled 10'])
    writeFileSync(join(out, 'summary.json'), '{"methods":{"icrl-shuffled":{},"grpo":{}}}')
    expect(await order()).toEqual(['icrl-shuffled 2', 'icrl-shuffled 10', 'grpo 0'])
  })

  it('finds the seeds of one method under its own name', async () => {
    const out = join(root, 'dapo')
    makeRun({ directory: join(out, 'seed-4'), seed: 4, steps: 1 })
    expect(await findRuns(out)).toMatchObject([{ label: 'dapo', seed: 4 }])
  })

  it('finds the training steps of a program, in its order, and no other step', async () => {
    const out = join(root, 'program')
    for (const name of ['stage II', 'a first stage'])
      makeRun({ directory: join(out, name), steps: 1 })
    mkdirSync(join(out, 'answers'))
    writeFileSync(
      join(out, 'summary.json'),
      '{"steps":[{"name":"answers"},{"name":"stage II"},{"name":"a first stage"}]}',
    )
    expect((await findRuns(out)).map(({ label }) => label)).toEqual(['stage II', 'a first stage'])
  })

  it('takes the folder of a run for that run', async () => {
    expect(await findRuns(whole)).toMatchObject([{ label: 'icrl', directory: whole }])
  })

  it('names a path without runs', async () => {
    await expect(findRuns(root + '/nothing')).rejects.toMatchObject({ code: 'missing-file' })
  })
})

describe('readSamples and readEvaluation', () => {
  it('give back samples with their texts, rebound ones included', async () => {
    const samples = []
    for await (const sample of readSamples(whole, 0)) samples.push(sample)
    expect(samples.length).toBeGreaterThan(16)
    const guided = samples.find(isRebound)!
    expect(guided.texts?.sampledUnder).toContain('tips')
    expect(guided.texts?.trainedUnder).not.toContain('tips')
    expect(guided.weights).toBeInstanceOf(Float32Array)
  })

  it('give back outcomes by condition', async () => {
    const conditions = new Set<string>()
    for await (const { condition } of readEvaluation(whole, 3)) conditions.add(condition)
    expect([...conditions]).toEqual(['critique_free', 'with_critique', 'plain_retry'])
  })

  it('give back outcomes, also of runs that stored rewards alone, and name damaged ones', async () => {
    const directory = makeRun({ directory: join(root, 'outcomes'), steps: 1 })
    const read = async (outcomes: unknown): Promise<unknown> => {
      const line = { task: 't', condition: 'c', repeat: 0, success: true, tokens: 1, outcomes }
      writeFileSync(join(directory, 'evaluations', 'step-00000.jsonl'), `${JSON.stringify(line)}\n`)
      for await (const evaluation of readEvaluation(directory, 0)) return evaluation.outcomes
      return undefined
    }
    const both = [
      { reward: 0.25, success: false },
      { reward: 1, success: true },
    ]
    expect(await read(both)).toEqual(both)
    expect(await read([0.25, 1])).toEqual(both)
    expect(await read([{ reward: 3.7, success: true }])).toEqual([{ reward: 3.7, success: true }])
    for (const damaged of [[{ reward: null }], 'none', [{ reward: 3.7 }]])
      await expect(read(damaged)).rejects.toMatchObject({
        code: 'corrupt-file',
        message: expect.stringMatching(/step-00000\.jsonl, line 1: task "t"/),
      })
  })

  it('refuse a sample file cut short: it is written as a whole', async () => {
    const directory = makeRun({ directory: join(root, 'cut'), steps: 1 })
    const file = join(directory, 'samples', 'step-00000.jsonl')
    truncateSync(file, readFileSync(file).length - 40)
    await expect(async () => {
      for await (const _ of readSamples(directory, 0));
    }).rejects.toMatchObject({
      code: 'corrupt-file',
      message: expect.stringContaining('step-00000.jsonl, line'),
    })
  })
})
