import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDataOrder } from './data-order.ts'

const tasks = Array.from({ length: 7 }, (_, i) => ({ id: `t${i}` }))
const ids = (taken: readonly { id: string }[]): string[] => taken.map(({ id }) => id)

describe('createDataOrder', () => {
  it('goes once through all tasks before any comes again, in another order', () => {
    const order = createDataOrder(tasks, 0)
    const first = order.take(order.init(), 7)
    const second = order.take(first.state, 7)
    expect(ids(first.tasks).sort()).toEqual(ids(tasks))
    expect(ids(second.tasks).sort()).toEqual(ids(tasks))
    expect(ids(second.tasks)).not.toEqual(ids(first.tasks))
  })

  it('depends on seed and position alone: the state is all there is to store', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.nat(1000),
        (counts, seed) => {
          const order = createDataOrder(tasks, seed)
          const whole = order.take(
            order.init(),
            counts.reduce((sum, count) => sum + count, 0),
          )
          let state = order.init()
          const parts = counts.flatMap((count) => {
            const taken = createDataOrder(tasks, seed).take(
              JSON.parse(JSON.stringify(state)),
              count,
            )
            state = taken.state
            return ids(taken.tasks)
          })
          expect(parts).toEqual(ids(whole.tasks))
          expect(state).toEqual(whole.state)
        },
      ),
    )
  })

  it('passes over tasks that are excepted, and gives none where all are', () => {
    const order = createDataOrder(tasks, 0)
    const { tasks: taken } = order.take(order.init(), 5, { except: new Set(['t0', 't3']) })
    expect(ids(taken).sort()).toEqual(['t1', 't2', 't4', 't5', 't6'])
    expect(order.take(order.init(), 3, { except: new Set(ids(tasks)) })).toEqual({
      tasks: [],
      state: order.init(),
    })
  })

  it('a single task comes every time', () => {
    const order = createDataOrder([{ id: 'only' }], 5)
    expect(ids(order.take(order.init(), 3).tasks)).toEqual(['only', 'only', 'only'])
  })
})
