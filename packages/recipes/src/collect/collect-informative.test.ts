import { outcomeOf, type CollectContext, type SessionResult, type Task } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { attempt, novice, trained } from '../../test/tiny-world.ts'
import { dapo } from '../dapo.ts'
import { solveOnce } from '@icrl/rollout'
import { collectInformative } from './collect-informative.ts'

/** What `collectInformative` has no use for. */
const unused = (): never => {
  throw new Error('not expected')
}
const lent = {
  step: 0,
  random: unused,
  score: unused,
  memory: { get: unused, set: unused },
}

/** Sessions whose outcomes are fixed by the task's name, given out one after another. */
function scripted(
  rewards: Readonly<Record<string, readonly number[]>>,
): CollectContext & { taken: number[] } {
  const names = Object.keys(rewards)
  const taken: number[] = []
  return {
    ...lent,
    taken,
    take(count) {
      const start = taken.reduce((sum, each) => sum + each, 0)
      const tasks = names.slice(start, start + count).map((id) => ({ id }))
      taken.push(tasks.length)
      return tasks
    },
    run: async (_, tasks: readonly Task[], sessions) =>
      tasks.flatMap(({ id }) =>
        Array.from({ length: sessions }, (_, session): SessionResult => ({
          task: id,
          session,
          samples: [],
          outcomes: [outcomeOf({ reward: rewards[id][session] }, id)],
          transcript: [],
        })),
      ),
  }
}

const collect = (maxRounds = 10) =>
  collectInformative({
    protocol: solveOnce(attempt as never),
    tasksPerStep: 2,
    sessionsPerTask: 2,
    maxRounds,
  })

describe('collectInformative', () => {
  it('takes another task for each zero-variance one', async () => {
    const context = scripted({ a: [0, 0], b: [0, 1], c: [1, 1], d: [1, 0], e: [0, 1] })
    expect((await collect()(context)).map(({ task }) => task)).toEqual([
      'a',
      'a',
      'b',
      'b',
      'c',
      'c',
      'd',
      'd',
    ])
    expect(context.taken).toEqual([2, 1, 1])
  })

  it('gives up after maxRounds', async () => {
    const context = scripted({ a: [0, 0], b: [0, 0], c: [0, 0], d: [0, 0], e: [0, 1] })
    expect(await collect(2)(context)).toHaveLength(8)
  })

  it('ends when tasks run out', async () => {
    expect(await collect()(scripted({ a: [0, 0] }))).toHaveLength(2)
    expect(await collect()(scripted({}))).toEqual([])
  })
})

describe('dapo', () => {
  it('drops zero-variance groups and accounts for their tokens', async () => {
    const { metrics } = await trained(dapo({ attempt, tasksPerStep: 2, sessionsPerTask: 3 }), {
      policy: novice({ skill: 1 }),
      stop: { steps: 4 },
    })
    const total = (key: string): number => metrics.reduce((sum, line) => sum + line[key], 0)
    expect(total('ledger/filtered')).toBeGreaterThan(0)
    expect(total('ledger/trained')).toBeGreaterThan(0)
    expect(total('ledger/zero_advantage')).toBe(0)
  })

  it('judges spread before the punishment of length, and filters what was cut off', async () => {
    const recipe = dapo({
      attempt,
      tasksPerStep: 2,
      sessionsPerTask: 3,
      overlong: { maxLength: 3, cache: 2 },
      filterTruncated: true,
      maxRounds: 1,
    })
    const { metrics } = await trained(recipe, { policy: novice({ skill: -30 }) })
    expect(metrics[0]['ledger/filtered']).toBe(metrics[0]['ledger/generated'])
  })
})
