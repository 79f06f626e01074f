import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recipe, Verifier } from '@icrl/core'
import { singleTurn, solveOnce } from '@icrl/rollout'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { program, train, type TrainOptions } from '../src/index.ts'
import { dialProgram } from './dial-program.ts'
import { dialGrpo } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialTasks, dialVerifier, type DialTask } from './dial-task.ts'
import { scratchFolder } from './scratch-folder.ts'

let root: string
beforeEach(async () => {
  root = await scratchFolder('failed-sessions')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const attemptWith = (verifier: Verifier<DialTask>): ReturnType<typeof singleTurn<DialTask>> =>
  singleTurn<DialTask>({
    prompt: ({ lock }) => [{ role: 'user', content: `<solve> ${lock}` }],
    verifier,
  })

/** GRPO whose verifier is asked in training, and another one held out. */
function run(
  verifier: Verifier<DialTask>,
  {
    heldOut = dialVerifier,
    ...options
  }: Partial<TrainOptions<DialTask>> & { heldOut?: Verifier<DialTask> } = {},
): TrainOptions<DialTask> {
  const recipe: Recipe<DialTask> = {
    ...dialGrpo({ queries: 2, sessions: 2 }),
    collect: (context) => context.run(solveOnce(attemptWith(verifier)), context.take(2), 2),
    evaluations: { critique_free: solveOnce(attemptWith(heldOut)) },
    onEvaluate: undefined,
  }
  return dialRun({ recipe, evaluation: undefined, ...options })
}

const broken: Verifier<DialTask> = () => {
  throw new TypeError('answers of undefined')
}
const sumOf = (lines: readonly Readonly<Record<string, number>>[], key: string): number[] =>
  lines.map((line) => line[key] ?? 0)

describe('a run whose every session fails', () => {
  it('ends after three steps with the reasons, their count, and where the first was thrown', async () => {
    const directory = join(root, 'run')
    let calls = 0
    const verifier: Verifier<DialTask> = () => {
      if (calls++ % 4 === 3) throw new Error('no port 8080')
      return broken({} as never)
    }
    const error = await train(run(verifier, { directory, stop: { steps: 9 } })).catch(
      (thrown: unknown) => thrown as Error & { cause: Error },
    )
    expect(error).toMatchObject({
      code: 'sessions-failed',
      message: expect.stringMatching(
        /every session of steps 0 to 2 failed, 12 in all: 9 × answers of undefined; 3 × no port 8080\. .*resume/,
      ),
      cause: expect.objectContaining({ stack: expect.stringContaining('failed-sessions.test') }),
    })
    const lines = (await readFile(join(directory, 'metrics.jsonl'), 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject(
      Array.from({ length: 3 }, () => ({ 'sessions/failed': 4, 'sessions/failed_share': 1 })),
    )
    const mended = await train(run(dialVerifier, { directory, stop: { steps: 9 }, resume: true }))
    expect(mended.summary.steps).toBe(9)
    expect(mended.metrics.some((line) => 'sessions/failed' in line)).toBe(false)
  })

  it('ends at its end if that comes earlier', async () => {
    await expect(train(run(broken, { stop: { steps: 2 } }))).rejects.toMatchObject({
      code: 'sessions-failed',
      message: expect.stringContaining('every session of steps 0 to 1, the whole run, failed, 8'),
    })
  })

  it('ends after as many steps as `maxFailedSteps` says', async () => {
    await expect(train(run(broken, { maxFailedSteps: 1 }))).rejects.toMatchObject({
      message: expect.stringContaining('every session of step 0 failed, 4 in all'),
    })
    await expect(train(run(broken, { maxFailedSteps: 0 }))).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('maxFailedSteps is 0'),
    })
  })

  it('of a token budget ends, also if nothing fails and nothing is sampled', async () => {
    const tokens = { stop: { tokens: 100 } }
    const deadBeforeFirstToken = attemptWith(dialVerifier)
    const recipe = (collect: Recipe<DialTask>['collect']): Recipe<DialTask> => ({
      ...dialGrpo(),
      collect,
    })
    await expect(
      train(
        dialRun({
          ...tokens,
          evaluation: undefined,
          recipe: recipe((context) =>
            context.run(
              async function* (task, session) {
                if (session.session >= 0) throw new Error('connect ECONNREFUSED')
                return yield* solveOnce(deadBeforeFirstToken)(task, session)
              },
              context.take(1),
              2,
            ),
          ),
        }),
      ),
    ).rejects.toMatchObject({ code: 'sessions-failed' })
    await expect(
      train(
        dialRun({ ...tokens, evaluation: undefined, recipe: recipe(() => Promise.resolve([])) }),
      ),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/steps 0 to 2 sampled no token.*100.*stop\.steps/),
    })
  })
})

it('steps whose sessions failed with others between them end nothing, and are counted', async () => {
  let step = 0
  const verifier: Verifier<DialTask> = (input) =>
    step % 3 === 2 ? dialVerifier(input) : broken(input)
  const { metrics, finished } = await train(
    run(verifier, { stop: { steps: 6 }, onStep: () => void step++ }),
  )
  expect(finished).toBe(true)
  expect(sumOf(metrics, 'sessions/failed_share')).toEqual([1, 1, 0, 1, 1, 0])
})

it('a step says how many of its sessions failed', async () => {
  const [half] = dialTasks('train')
  const verifier: Verifier<DialTask> = (input) =>
    input.task.lock === half.lock ? broken(input) : dialVerifier(input)
  const { metrics } = await train(run(verifier, { stop: { steps: 4 } }))
  expect(sumOf(metrics, 'sessions/failed').reduce((a, b) => a + b)).toBe(4)
  for (const line of metrics)
    expect(line['sessions/failed_share'] ?? 0).toBe((line['sessions/failed'] ?? 0) / 4)
})

describe('an evaluation of which sessions failed', () => {
  const held = dialTasks('test')
  const evaluation = { tasks: held, every: 1 }

  it('says how many its accuracy is over, and so does the summary', async () => {
    let first = true
    const heldOut: Verifier<DialTask> = (input) => {
      if (first && input.task.id !== held[0].id) return broken(input)
      return { reward: 1, valid: true }
    }
    const { metrics, summary } = await train(
      run(dialVerifier, {
        heldOut,
        evaluation,
        stop: { steps: 1 },
        onEvaluation: () => void (first = false),
      }),
    )
    expect(metrics[0]).toMatchObject({
      'eval/critique_free': 1,
      'eval/failed': held.length - 1,
      'eval/coverage': 1 / held.length,
    })
    expect(summary).toMatchObject({
      eval_initial: 1,
      eval_initial_coverage: 1 / held.length,
      eval_final: 1,
    })
    expect(summary.eval_final_coverage).toBeUndefined()
  })

  it('has no accuracy if all did: the summary has none of another step in its place', async () => {
    let evaluations = 0
    const heldOut: Verifier<DialTask> = (input) =>
      evaluations === 1 ? { reward: 0, valid: true } : broken(input)
    const { summary } = await train(
      run(dialVerifier, {
        heldOut,
        evaluation,
        stop: { steps: 2 },
        onEvaluation: () => void evaluations++,
      }),
    )
    expect(summary).toMatchObject({ eval_best: 0 })
    expect(summary).toMatchObject({ eval_initial: undefined, eval_final: undefined })
    expect(summary).toMatchObject({ eval_initial_coverage: 0, eval_final_coverage: 0 })
    expect(summary.evaluations.map(({ metrics }) => metrics['eval/coverage'])).toEqual([
      0,
      undefined,
      0,
    ])
  })
})

describe('in a program', () => {
  const attempt = solveOnce(attemptWith(broken))

  it('a step that gathers nothing but failures, or measures them, ends it by name', async () => {
    const options = dialProgram(join(root, 'program'))
    await expect(
      program(options, async (lab) => {
        await lab.gather('answers', { protocol: attempt, tasks: dialTasks('train') })
      }),
    ).rejects.toMatchObject({
      code: 'sessions-failed',
      message: expect.stringMatching(/gather "answers": every session failed, 8 in all/),
    })
    await expect(
      program(dialProgram(join(root, 'other')), async (lab) => {
        await lab.measure('held out', { tasks: dialTasks('test'), protocols: { plain: attempt } })
      }),
    ).rejects.toMatchObject({ code: 'sessions-failed' })
  })
})
