import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Attempt, textOf } from '@icrl/core'
import { adviseByExchange, parseExchange } from '@icrl/critic'
import { plannedRuns, ratesFound, readCurves } from '@icrl/example-experiments'
import { loadRunConfig } from 'icrl'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { additionTasks } from './additions.ts'
import { archiveForm, dateCritic, dateTasks, exactAnswer, isoForm } from './dates.ts'
import { EXPERIMENTS } from './experiment-plan.ts'

const failed = { turns: [{ text: 'May the second.' }] } as unknown as Attempt

describe('dates', () => {
  it('are written as asked for, with two digits a month and day', () => {
    const tasks = dateTasks(isoForm, 'train', 200)
    expect(new Set(tasks.map(({ question }) => question)).size).toBe(200)
    for (const { question, answer } of tasks) {
      const [year, month, day] = answer.split('-')
      expect(answer).toMatch(/^(19[5-9]|20[0-4])\d-\d\d-\d\d$/)
      const date = new Date(`${question} UTC`)
      expect([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]).toEqual(
        [year, month, day].map(Number),
      )
    }
    expect(dateTasks(archiveForm, 'train', 1)[0].answer).toMatch(/^#\d{4}\/\d\d\/\d\d$/)
  })

  it('held out are never trained, in whatever form, and are of all years', () => {
    const train = new Set(dateTasks(isoForm, 'train', 2000).map(({ answer }) => answer))
    const heldOut = dateTasks(isoForm, 'held-out', 64).map(({ answer }) => answer)
    expect(heldOut.filter((answer) => train.has(answer))).toEqual([])
    const later = (answers: readonly string[]): number =>
      answers.filter((answer) => answer.startsWith('20')).length / answers.length
    expect(later([...train])).toBeCloseTo(0.5, 1)
    expect(Math.abs(later(heldOut) - 0.5)).toBeLessThan(0.15)
  })

  it('count only as exact answers', () => {
    const task = { id: 'd', question: 'May 2, 1954', answer: '1954-05-02' }
    const rewardOf = (text: string): unknown =>
      exactAnswer({ text, tokens: new Int32Array(), task })
    expect(rewardOf(' 1954-05-02\n')).toMatchObject({ reward: 1 })
    for (const text of ['1954-5-2', '1954-05-02.', 'It is 1954-05-02'])
      expect(rewardOf(text)).toMatchObject({ reward: 0 })
  })
})

describe('the critic of dates', () => {
  const critic = dateCritic(isoForm)

  it('is told how another date is written, never the answer', () => {
    for (const task of dateTasks(isoForm, 'train', 100)) {
      const messages = critic(task, failed)
      const asked = textOf(messages[messages.length - 1])
      expect(asked).toContain(`Question: ${task.question}\nChecker: wrong. A right one: `)
      expect(messages.map(textOf).join()).not.toContain(task.answer)
    }
  })

  it('is shown the form that is read', () => {
    const [task] = dateTasks(isoForm, 'train', 1)
    const shown = critic(task, failed).find(({ role }) => role === 'assistant')!
    const { critique, valid } = parseExchange(textOf(shown))
    expect(valid).toBe(true)
    expect(adviseByExchange([{ role: 'user', content: 'q' }], critique)).toHaveLength(3)
  })
})

it('sums belong to one split alone', () => {
  const [train, heldOut] = [additionTasks('train', 2000), additionTasks('held-out', 1000)]
  const questions = new Set(train.map(({ question }) => question))
  expect(questions.size).toBe(2000)
  for (const { question, answer } of heldOut) {
    expect(questions.has(question)).toBe(false)
    const [, a, b, sum] = /^(\d\d) \+ (\d\d) = (\d+)$/.exec(answer)!.map(Number)
    expect(sum).toBe(a + b)
  }
})

describe('the experiments', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'icrl-laptop-'))
    writeFileSync(join(folder, 'config.json'), '{}')
    vi.stubEnv('ICRL_TEST_MODEL', folder)
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  const configOf = async (task: string, arm: string) =>
    (await loadRunConfig(join(import.meta.dirname, `../${task}/${arm}.config.ts`))).config

  it('have arms that are configurations, which differ in method, adapter and rate alone', async () => {
    for (const { task, arms } of Object.values(EXPERIMENTS)) {
      const configs = await Promise.all(arms.map((arm) => configOf(task, arm)))
      const [first, ...others] = configs.map(({ recipe: _, engine, optimizer, ...shared }) =>
        JSON.stringify({
          ...shared,
          engine: { ...engine, adapter: undefined },
          optimizer: { ...optimizer, learningRate: undefined },
        }),
      )
      for (const other of others) expect(other).toBe(first)
    }
  })

  it.each(Object.keys(EXPERIMENTS).filter((name) => EXPERIMENTS[name].rates))(
    'train at the rates that the stored %s found',
    async (search) => {
      const curves = await readCurves(join(import.meta.dirname, `../results/${search}.jsonl`))
      expect(curves).toHaveLength(plannedRuns(EXPERIMENTS[search]).length)
      for (const [arm, { learningRate }] of ratesFound(EXPERIMENTS[search], curves)) {
        const { optimizer } = await configOf(EXPERIMENTS[search].task, arm)
        expect(optimizer, arm).toMatchObject({ learningRate })
      }
    },
  )

  it('search with seeds that no comparison uses', () => {
    const all = Object.values(EXPERIMENTS)
    const searched = all.flatMap(({ rates, seeds }) => (rates ? seeds : []))
    expect(searched.length).toBeGreaterThan(0)
    for (const { rates, seeds } of all)
      if (!rates) for (const seed of seeds) expect(searched).not.toContain(seed)
  })
})
