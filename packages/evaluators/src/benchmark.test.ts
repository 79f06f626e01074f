import type { Task } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { speaker } from '../test/speaker.ts'
import {
  byItem,
  evaluateOn,
  foundIn,
  itemIntervals,
  type ItemIntervalsOptions,
  mean,
  processErrors,
  shuffledAnswers,
  tableOf,
} from './index.ts'

const items = [-1, 0, 1, -1].map((label, i) => ({
  id: `p${i}`,
  problem: `problem ${i}`,
  steps: ['one', 'two'],
  label,
}))

describe('evaluateOn', () => {
  it('ends with the first answer if none can be read', async () => {
    const critic = speaker((asked) => `banana ${asked.slice(2, 9)}`)
    await expect(evaluateOn(processErrors(), { items, roles: { critic } })).rejects.toThrow(
      'first error: none of 4 answers can be read. The first: "banana Problem"',
    )
  })

  it('counts answers that cannot be read, as wrong, and says so', async () => {
    const critic = speaker((asked) => (asked.includes('problem 0') ? '\\boxed{-1}' : 'hm'))
    const table = await evaluateOn(processErrors(), { items, roles: { critic }, controls: false })
    expect(table.rows).toEqual([['first error', 0, 0, 0.5, 4, undefined, expect.any(Number)]])
    expect(table.notes).toEqual(['first error: 3 of 4 answers unreadable'])
  })

  it('counts failed sessions, with the reason; all failed is an error', async () => {
    const critic = speaker((asked) => {
      if (!asked.includes('problem 0')) throw new Error('no line')
      return '\\boxed{-1}'
    })
    const { notes } = await evaluateOn(processErrors(), { items, roles: { critic } })
    expect(notes).toContain('first error: 3 of 4 sessions failed: no line')
    const dead = speaker(() => {
      throw new Error('no line')
    })
    await expect(
      evaluateOn(processErrors(), { items, roles: { critic: dead } }),
    ).rejects.toMatchObject({ code: 'sessions-failed' })
  })

  it('has nothing to say of no items', async () => {
    const critic = speaker(() => '\\boxed{-1}')
    await expect(
      evaluateOn(processErrors(), { items: [], roles: { critic } }),
    ).rejects.toMatchObject({ code: 'empty-tasks' })
  })

  it('runs the controls on the same items', async () => {
    const critic = speaker(
      (asked) => `\\boxed{${items[Number(/problem (\d)/.exec(asked)![1])].label}}`,
    )
    const table = await evaluateOn(processErrors(), { items, roles: { critic } })
    const f1 = Object.fromEntries(table.rows.map(([name, value]) => [name, value]))
    expect(f1).toEqual({
      'first error': 1,
      'always "right"': 0,
      'always "wrong"': 0,
      'says nothing': 0,
      'answers shuffled': expect.any(Number),
    })
    expect(f1['answers shuffled']).toBeLessThan(1)
    expect(critic.asked).toHaveLength(4)
  })
})

describe('shuffledAnswers', () => {
  const shuffled = (count: number): Map<string, string> => {
    const these = Array.from({ length: count }, (_, i) => ({ id: `i${i}` }))
    const said = these.map(({ id }) => ({ task: id, session: 0, samples: [], outcomes: [] }))
    return shuffledAnswers(
      these,
      said.map((one) => ({ ...one, transcript: [], findings: { answer: one.task } })),
    )
  }

  it.each([2, 3, 10])('%i items: each answer goes to one other item, the same again', (count) => {
    const given = shuffled(count)
    for (const [id, answer] of given) expect(answer).not.toBe(id)
    expect(new Set(given.values()).size).toBe(count)
    expect(shuffled(count)).toEqual(given)
  })

  it.each([2, 3, 4])('keeps no period of %i that a file has', (period) => {
    const place = (id: string): number => Number(id.slice(1)) % period
    const given = [...shuffled(240)]
    const kept = given.filter(([id, answer]) => place(id) === place(answer)).length / 240
    // By chance 1/period of them, ± 3 deviations of at most .033.
    expect(Math.abs(kept - 1 / period)).toBeLessThan(0.1)
  })
})

describe('tableOf', () => {
  it('shows three decimals, nothing as a dash, and escapes', () =>
    expect(
      tableOf(
        ['a', 'b|c'],
        [
          [0.12345, undefined],
          [2, 'x\ny'],
        ],
        ['a note'],
      ).toMarkdown(),
    ).toBe('| a | b\\|c |\n| --- | --- |\n| 0.123 | – |\n| 2 | x y |\n\n- a note'))

  it('refuses NaN and rows of another length', () => {
    expect(() => tableOf(['a'], [[NaN]])).toThrow('"a" is NaN')
    expect(() => tableOf(['a'], [[1, 2]])).toThrow('2 cells under 1 columns')
  })
})

describe('itemIntervals', () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ id: `i${i}` }))
  const sessions = many.map(({ id }, i) => ({
    task: id,
    session: 0,
    samples: [],
    outcomes: [],
    transcript: [],
    findings: { value: Number(i < 50) },
  }))
  const scored: ItemIntervalsOptions<Task> = {
    items: many,
    sessions,
    score: (items, of) =>
      tableOf(
        ['mean', 'items'],
        [
          [
            mean(
              byItem(items, of).map(({ sessions: [one] }) =>
                foundIn<number>(one.findings, 'value')!,
              ),
            ),
            items.length,
          ],
        ],
      ),
  }

  it('holds the figure, is about as wide as theory has it, and is the same again', () => {
    const [interval] = itemIntervals({ ...scored, resamples: 1000 })
    const [low, high] = String(interval).split('–').map(Number)
    // 1.96 · √(¼ / 100) = .098
    expect(low).toBeGreaterThan(0.37)
    expect(low).toBeLessThan(0.43)
    expect(high).toBeGreaterThan(0.57)
    expect(high).toBeLessThan(0.63)
    expect(itemIntervals({ ...scored, resamples: 1000 })).toEqual([interval])
  })

  it('of figures that some draws have not is none', () => {
    const rare: ItemIntervalsOptions<Task> = {
      ...scored,
      score: (items) =>
        tableOf(
          ['share'],
          [[items.some(({ id }) => id.startsWith('i7~') || id === 'i7') ? 1 : undefined]],
        ),
    }
    expect(itemIntervals(rare)).toEqual([undefined])
    expect(itemIntervals({ ...scored, resamples: 0 })).toEqual([undefined])
  })
})
