import {
  randomStream,
  type QuestionTask,
  type RandomStream,
  type Recipe,
  type SessionResult,
} from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, critic, opinions, renderer, tasks, trained } from '../../test/tiny-world.ts'
import { icrl } from '../icrl.ts'
import { exchangeAdvice, placeOf, type OwnedAdvice } from './collect-shuffled.ts'

const draws = (step: number): RandomStream => randomStream(7, 'exchange-advice', step)

const advice = (counts: readonly number[]): OwnedAdvice[] =>
  counts.flatMap((count, task) =>
    Array.from({ length: count }, (_, session) => ({
      task: `t${task}`,
      session,
      guidance: `${task}.${session}`,
      parents: [],
    })),
  )

describe('exchangeAdvice', () => {
  it("shows every session another task's advice, each once where that is possible", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 6 }),
        fc.nat(100),
        (counts, step) => {
          const all = advice(counts)
          const exchanged = exchangeAdvice(all, draws(step))
          const owners = counts.filter((count) => count > 0).length
          expect(exchanged.size).toBe(owners > 1 ? all.length : 0)
          for (const { task, session } of all)
            expect(exchanged.get(placeOf(task, session))?.task).not.toBe(task)
          const shown = [...exchanged.values()].map(({ guidance }) => guidance)
          if (2 * Math.max(...counts) <= all.length && owners > 1)
            expect(new Set(shown).size).toBe(all.length)
        },
      ),
    )
  })

  it('is the same for the same step, another for another', () => {
    const all = advice([4, 4, 4])
    expect(exchangeAdvice(all, draws(3))).toEqual(exchangeAdvice(all, draws(3)))
    expect([...exchangeAdvice(all, draws(3)).values()]).not.toEqual([
      ...exchangeAdvice(all, draws(4)).values(),
    ])
  })

  it('no advice: nothing to exchange', () => expect(exchangeAdvice([], draws(0)).size).toBe(0))
})

describe('critic: shuffled', () => {
  const shuffled = icrl({
    attempt,
    ...critic,
    critic: 'shuffled',
    tasksPerStep: 4,
    sessionsPerTask: 4,
  })
  const collected = async (step = 0): Promise<readonly SessionResult[]> => {
    let sessions: readonly SessionResult[] = []
    await trained(shuffled, {
      stop: { steps: step + 1 },
      onStep: (event) => (sessions = event.sessions),
    })
    return sessions
  }

  it("revisions never see their own task's tip, and are rebound like any other", async () => {
    const sessions = await collected()
    const revisions = sessions
      .flatMap(({ samples }) => samples)
      .filter(({ keys }) => keys.role === 'solver' && keys.round === 2)
    expect(revisions.length).toBeGreaterThan(4)
    for (const { keys, parents, sampledUnder, trainedUnder } of revisions) {
      expect(parents[0]).not.toContain(`/${keys.task}/`)
      expect(renderer.text(trainedUnder)).toBe(keys.task)
      expect(renderer.text(sampledUnder)).toContain('advice')
    }
  })

  it("critiques are rewarded by their own session's revision", async () => {
    for (const { samples, outcomes } of await collected()) {
      const critique = samples.find(({ keys }) => keys.role === 'critic')
      expect(critique === undefined).toBe(outcomes[0].success)
      if (critique && shuffled.reward)
        expect(
          shuffled
            .reward([{ task: '', session: 0, samples, outcomes, transcript: [] }])
            .find(({ id }) => id === critique.id)?.reward,
        ).toBe(outcomes[1].reward)
    }
  })

  it('first attempts are those of the shared arm', async () => {
    const shared = icrl({ attempt, ...critic, tasksPerStep: 4, sessionsPerTask: 4 })
    let sessions: readonly SessionResult[] = []
    await trained(shared, { onStep: (event) => (sessions = event.sessions) })
    expect((await collected()).map(({ outcomes }) => outcomes[0])).toEqual(
      sessions.map(({ outcomes }) => outcomes[0]),
    )
  })

  it('repeats to the last bit', async () => {
    const run = async (): Promise<number[]> =>
      opinions((await trained(shuffled, { stop: { steps: 3 } })).policy)
    expect(await run()).toEqual(await run())
  })

  it('one task: nothing to exchange, no revision, still a step', async () => {
    const { metrics } = await trained(shuffled, { tasks: tasks.slice(0, 1) as QuestionTask[] })
    expect(metrics[0]['reward/critic']).toBe(0)
    expect(metrics[0]).not.toHaveProperty('accuracy/guided')
  })

  it('guides worse than the real thing where tips are about their own task', async () => {
    const options = { attempt, ...critic, tasksPerStep: 4, sessionsPerTask: 8 }
    const guided = async (recipe: Recipe<QuestionTask>): Promise<number> =>
      (await trained(recipe)).metrics[0]['accuracy/guided']
    expect(await guided(icrl(options))).toBeGreaterThan(0.4)
    expect(await guided(icrl({ ...options, critic: 'shuffled' }))).toBeLessThan(0.2)
  })
})
