import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recipe } from '@icrl/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { train, type EvaluationOptions, type SessionEvent } from '../src/index.ts'
import { dialGrpo, dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialTasks, type DialTask } from './dial-task.ts'
import { scratchFolder } from './scratch-folder.ts'

let root: string
beforeEach(async () => {
  root = await scratchFolder('sets')
})
afterEach(() => rm(root, { recursive: true }))

const few = dialTasks('few').slice(0, 3)
const many = dialTasks('many')
const greedy = { solver: { temperature: 0 }, critic: { temperature: 0 } }
const sets = { many: { tasks: many, sampling: greedy }, few: { tasks: few, repeats: 8 } }

interface Line {
  readonly set: string
  readonly task: string
  readonly condition: string
  readonly repeat: number
  readonly success: boolean
}

describe('sets of held-out tasks', () => {
  it('with 8 repeats and with 1 have figures each, and a mean that counts each set once', async () => {
    const directory = join(root, 'run')
    const events: SessionEvent[] = []
    const { summary, metrics } = await train(
      dialRun({
        directory,
        evaluation: { sets, every: 60 },
        stop: { steps: 60 },
        onSession: (event) => event.phase === 'evaluation' && events.push(event),
      }),
    )
    const last = summary.evaluations.at(-1)!.metrics
    const file = await readFile(join(directory, 'evaluations', 'step-00060.jsonl'), 'utf8')
    const lines = file
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    for (const condition of ['critique_free', 'with_critique', 'plain_retry']) {
      const share = (set: string): number => {
        const own = lines.filter((line) => line.set === set && line.condition === condition)
        expect(own).toHaveLength(set === 'few' ? 3 * 8 : 8)
        return own.filter(({ success }) => success).length / own.length
      }
      expect(last[`eval/few/${condition}`]).toBe(share('few'))
      expect(last[`eval/many/${condition}`]).toBe(share('many'))
      expect(last[`eval/${condition}`]).toBeCloseTo((share('few') + share('many')) / 2, 12)
    }
    expect(last['eval/few/pass_at_8']).toBeGreaterThanOrEqual(last['eval/few/pass_at_2'])
    expect(last).not.toHaveProperty('eval/many/pass_at_2')
    expect(last).not.toHaveProperty('eval/pass_at_2')
    expect(metrics[0]['eval/critique_free']).toBe(summary.eval_initial)
    expect(summary.eval_final).toBe(last['eval/critique_free'])
    expect(new Set(events.map(({ set }) => set))).toEqual(new Set(['few', 'many']))
  })

  it('have the same figures in whatever order they are given', async () => {
    const figures = async (evaluation: EvaluationOptions<DialTask>): Promise<string> => {
      const options = dialRun({ evaluation, recipe: dialIcrl(), stop: { steps: 2 } })
      return JSON.stringify((await train(options)).metrics)
    }
    const { many: first, few: second } = sets
    expect(await figures({ sets: { few: second, many: first }, every: 1 })).toBe(
      await figures({ sets: { many: first, few: second }, every: 1 }),
    )
  })

  it('of one set without a name are named as ever', async () => {
    const directory = join(root, 'run')
    const { summary } = await train(
      dialRun({ directory, evaluation: { tasks: few, repeats: 2 }, stop: { steps: 1 } }),
    )
    expect(Object.keys(summary.evaluations[0].metrics)).toEqual(
      expect.arrayContaining(['eval/critique_free', 'eval/pass_at_2']),
    )
    const file = await readFile(join(directory, 'evaluations', 'step-00000.jsonl'), 'utf8')
    expect(JSON.parse(file.split('\n')[0])).not.toHaveProperty('set')
    expect(summary.evaluations[0].metrics).not.toHaveProperty('eval/undefined/critique_free')
  })

  it('are part of the configuration that a resumed run must have', async () => {
    const options = {
      directory: join(root, 'run'),
      evaluation: { sets, every: 1 },
      stop: { steps: 1 },
    }
    await train(dialRun(options))
    const other = { ...sets, few: { ...sets.few, repeats: 4 } }
    await expect(
      train(dialRun({ ...options, resume: true, evaluation: { sets: other, every: 1 } })),
    ).rejects.toThrow(/evaluation\.sets\.few\.repeats: 8 → 4/)
  })
})

describe('a run says which condition is its headline', () => {
  const headlineOf = async (recipe: Recipe<DialTask>): Promise<unknown[]> => {
    const { summary } = await train(dialRun({ recipe, stop: { steps: 1 } }))
    const [{ metrics }] = summary.evaluations
    return [summary.headline, summary.eval_initial === metrics[`eval/${summary.headline}`]]
  }

  it('the first, or the one that the recipe names', async () => {
    expect(await headlineOf(dialIcrl())).toEqual(['critique_free', true])
    expect(await headlineOf({ ...dialIcrl(), headline: 'with_critique' })).toEqual([
      'with_critique',
      true,
    ])
  })

  it('none where nothing is evaluated', async () => {
    const { summary } = await train(dialRun({ evaluation: undefined, stop: { steps: 1 } }))
    expect(summary).toMatchObject({ headline: undefined, eval_initial: undefined })
  })
})

describe('refuses', () => {
  const twice = [few[0], few[0]]
  const tasks = few
  it.each([
    ['no set', { sets: {} }, 'evaluation.sets is empty', 'invalid-option'],
    ['neither tasks nor sets', {}, 'evaluation has no tasks', 'invalid-option'],
    ['tasks and sets', { tasks, sets: { a: { tasks } } }, 'tasks and sets', 'invalid-option'],
    [
      'an empty set',
      { sets: { a: { tasks: [] } } },
      'evaluation.sets.a.tasks is empty',
      'empty-tasks',
    ],
    [
      'an id twice in a set',
      { sets: { a: { tasks: twice } } },
      'evaluation.sets.a.tasks holds the id "few-brass-0" twice',
      'invalid-option',
    ],
    [
      'repeats below 1',
      { sets: { a: { tasks, repeats: 0 } } },
      'evaluation.sets.a.repeats is 0',
      'invalid-option',
    ],
    [
      'repeats below 1 of tasks',
      { tasks, repeats: 0.5 },
      'evaluation.repeats is 0.5',
      'invalid-option',
    ],
    ['a set without a name', { sets: { '': { tasks } } }, 'a set named ""', 'invalid-option'],
    [
      'a set with a path for a name',
      { sets: { 'a/b': { tasks } } },
      'named "a/b"',
      'invalid-option',
    ],
    [
      'sampling of a role that the run has not',
      { sets: { a: { tasks, sampling: { sovler: {} } } } },
      'evaluation.sets.a.sampling names the role "sovler"',
      'invalid-option',
    ],
  ])('%s', async (_, evaluation, message, code) => {
    const refused = train(dialRun({ evaluation: evaluation as EvaluationOptions<DialTask> }))
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(message)
  })

  const { evaluations } = dialGrpo()
  const protocol = evaluations!.critique_free
  it.each([
    ['a headline that is no condition', { headline: 'best' }, /headline "best".*critique_free/s],
    ['a condition with a path for a name', { evaluations: { 'a/b': protocol } }, /named "a\/b"/],
    ['a condition named failed', { evaluations: { failed: protocol } }, /named "failed"/],
    ['a condition named pass_at_2', { evaluations: { pass_at_2: protocol } }, /"pass_at_2"/],
    ['no conditions', { evaluations: {} }, /has no evaluation protocols/],
  ])('%s, before anything is written', async (_, own, message) => {
    const directory = join(root, 'refused')
    const refused = train(dialRun({ directory, recipe: { ...dialGrpo(), name: 'mine', ...own } }))
    await expect(refused).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(refused).rejects.toThrow(message)
    await expect(readFile(join(directory, 'config.json'))).rejects.toThrow('ENOENT')
  })
})
