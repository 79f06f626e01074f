import { describe, expect, it } from 'vitest'
import { repeatedTasks } from './repeated-tasks.ts'

const asked = (id: string, question: string): { id: string; question: string; answer: string } => ({
  id,
  question,
  answer: id,
})

describe('repeated tasks', () => {
  it('are counted within the tasks and each set, and between them, by text', () => {
    const tasks = [asked('1', 'a b'), asked('2', 'c'), asked('3', ' a\n\tb '), asked('4', 'A b')]
    const evaluation = {
      sets: {
        fresh: { tasks: [asked('1', 'd')] },
        stale: { tasks: [asked('x', 'e'), asked('y', 'c'), asked('z', 'e'), asked('w', 'a  b')] },
      },
    }
    expect(repeatedTasks({ tasks, evaluation })).toEqual([
      { set: null, of: 'own', count: 1, tasks: 4, first: { id: '3', earlier: '1', text: 'a b' } },
      { set: 'stale', of: 'own', count: 1, tasks: 4, first: { id: 'z', earlier: 'x', text: 'e' } },
      {
        set: 'stale',
        of: 'training',
        count: 2,
        tasks: 4,
        first: { id: 'y', earlier: '2', text: 'c' },
      },
    ])
  })

  it('without a question are compared by everything but the id, and by that where it is all', () => {
    const seeds = (...given: number[]): { id: string; seed: number }[] =>
      given.map((seed, i) => ({ id: String(i), seed }))
    expect(repeatedTasks({ tasks: seeds(1, 2, 1) })).toMatchObject([
      { count: 1, first: { id: '2', earlier: '0', text: '{"seed":1}' } },
    ])
    expect(repeatedTasks({ tasks: [{ id: 'a' }, { id: 'b' }] })).toEqual([])
    expect(
      repeatedTasks({ tasks: [{ id: 'a' }], evaluation: { tasks: [{ id: 'a' }, { id: 'b' }] } }),
    ).toMatchObject([{ set: '', of: 'training', count: 1 }])
  })

  it('are none where there are no tasks', () => {
    expect(repeatedTasks({ tasks: [], evaluation: { tasks: [] } })).toEqual([])
  })
})
