import { STEP_ERRORS, steps } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { speaker } from '../test/speaker.ts'
import {
  evaluateOn,
  processErrors,
  sectionErrors,
  stepErrors,
  type StepItem,
  stepsOf,
} from './index.ts'

const processItems = [0, 1, 2, -1, -1].map((label, i) => ({
  id: `p${i}`,
  problem: `problem ${i}`,
  steps: ['first', 'second', 'third'],
  label,
}))
const row = async (table: Promise<{ rows: readonly (readonly unknown[])[] }>): Promise<unknown[]> =>
  (await table).rows[0].slice(1, -2)

describe('processErrors', () => {
  const says = (of: readonly string[]) =>
    speaker((asked) => of[Number(/problem (\d)/.exec(asked)![1])])

  it('is the harmonic mean of both accuracies', async () => {
    const critic = says([
      '\\boxed{0}',
      '\\boxed{0}',
      'so \\boxed{1}, no: \\boxed{2}',
      '\\boxed{-1}',
      '\\boxed{−1}',
    ])
    const table = evaluateOn(processErrors(), { items: processItems, roles: { critic } })
    expect(await row(table)).toEqual([0.8, 2 / 3, 1, 5])
  })

  it('shows numbered paragraphs', async () => {
    const critic = says(['\\boxed{0}'])
    await evaluateOn(processErrors(), { items: processItems.slice(0, 1), roles: { critic } })
    expect(critic.asked[0]).toContain('<paragraph_1>\nsecond\n</paragraph_1>')
  })

  it('takes the most frequent index of several sessions; what cannot be read does not vote', async () => {
    let i = 0
    const critic = speaker(() => ['hm', '\\boxed{2}', '\\boxed{0}', 'hm', '\\boxed{0}'][i++ % 5])
    const one = { items: processItems.slice(0, 1), roles: { critic }, sessions: 5, concurrency: 1 }
    const table = await evaluateOn(processErrors(), { ...one, controls: false })
    expect(table.rows[0].slice(1, 5)).toEqual([undefined, 1, undefined, 1])
    expect(table.notes).toContain('first error: 2 of 5 answers unreadable')
  })

  it('puts a critic that goes by what can be seen above every control', async () => {
    const world = steps({ seed: 1 })
    const tasks = new Map(world.tasks('test', 60).map((task) => [task.id, task]))
    const items = [...tasks.values()].map((task) => ({
      id: task.id,
      problem: task.id,
      steps: task.written,
      label: world.firstError(task),
    }))
    const critic = speaker((asked) => {
      const { tells } = tasks.get(/# Problem\n(\S+)/.exec(asked)![1])!
      const seen = tells.find((tell) => STEP_ERRORS.some((kind) => tell.endsWith(`!${kind}`)))
      return `\\boxed{${seen ? Number.parseInt(seen, 10) : -1}}`
    })
    const table = await evaluateOn(processErrors(), { items, roles: { critic } })
    const [mine, ...controls] = table.rows.map(([, value]) => Number(value))
    // Errors can be seen at .66 on average, and right solutions show none.
    expect(mine).toBeGreaterThan(0.6)
    for (const control of controls) expect(control).toBeLessThan(mine - 0.2)
  })
})

describe('stepErrors', () => {
  it('reads both steps of an item, and averages both accuracies', async () => {
    const items = await stepErrors().read(
      JSON.stringify([
        {
          id: 1,
          problem: 'p',
          partial_solution: '',
          correct_last_step: 'good',
          incorrect_last_step: 'bad',
          more: 1,
        },
        {
          id: 2,
          problem: 'p',
          partial_solution: 's',
          correct_last_step: 'fine',
          incorrect_last_step: 'worse',
        },
      ]),
    )
    expect(items.map(({ id }) => id)).toEqual(['1#right', '1#wrong', '2#right', '2#wrong'])
    expect(items[0]).toMatchObject({ more: 1, step: 'good', isRight: true })
    const critic = speaker((asked) =>
      asked.includes('worse')
        ? 'hm'
        : `<Answer>${asked.includes('bad') ? 'Incorrect' : 'correct'}</Answer>`,
    )
    expect(await row(evaluateOn(stepErrors(), { items, roles: { critic } }))).toEqual([
      0.75,
      2 / 3,
      1,
      0.5,
      4,
    ])
  })

  it('takes steps of ProcessBench up to the first wrong one', () => {
    const labels = (of: readonly StepItem[]): boolean[] => of.map(({ isRight }) => isRight)
    expect(labels(stepsOf(processItems[1]))).toEqual([true, false])
    expect(labels(stepsOf(processItems[3]))).toEqual([true, true, true])
    expect(stepsOf(processItems[1])[1].partialSolution).toBe('first')
  })
})

describe('sectionErrors', () => {
  const file = [
    {
      question: 'q0',
      sections_content: 's',
      reason_error_section_numbers: [1, 3],
      reason_unuseful_section_numbers: [3],
    },
    {
      question: 'q1',
      section_content: 's',
      error_section_numbers: [2],
      idea_error_section_numbers: [],
    },
    {
      question: 'q2',
      sections_content: 's',
      reason_error_section_numbers: [],
      reason_unuseful_section_numbers: [],
    },
  ]
    .map((one) => JSON.stringify(one))
    .join('\n')
  const found = [
    'Conclusion: yes\nError Section Number: 3\nExplanation: 1 is not 2\nError Section Number: 2\nError Section Number: 9',
    'Conclusion: no error',
    'Conclusion: yes\nError Section Number: section 1',
  ]

  it('reads both names of its fields, and scores by item and by section', async () => {
    const items = await sectionErrors().read(file)
    expect(items.map(({ wrong }) => wrong)).toEqual([[1, 3], [2], []])
    const critic = speaker((asked) => found[Number(/q(\d)/.exec(asked)![1])])
    const cells = await row(evaluateOn(sectionErrors(), { items, roles: { critic } }))
    // Item 0: found 3 and 2 (9 is above the last label), P ½, R ½. Item 1: nothing found.
    expect(cells.slice(0, 3)).toEqual([0.25, 0.25, 0.25])
    expect(cells.slice(3)).toEqual([0.4, 0.5, 1 / 3, 1, 3])
  })
})
