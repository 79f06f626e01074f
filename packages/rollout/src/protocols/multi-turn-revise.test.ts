import { isRebound, type Attempt, type SessionResult } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { bindings } from '../../test/arithmetic.ts'
import { corridor, type Corridor, type CorridorOptions } from '../../test/corridor.ts'
import { rewardsOf } from '../../test/rewards-of.ts'
import { type KeyedRequest, scriptedSampler } from '../../test/scripted-sampler.ts'
import { MARKS, wordRenderer, type WordRenderer } from '../../test/word-renderer.ts'
import { multiTurn, runSessions, solveCritiqueRevise } from '../index.ts'

interface Revised {
  readonly results: readonly SessionResult[]
  readonly requests: readonly KeyedRequest[]
  readonly environment: Corridor
  readonly renderer: WordRenderer
}

const FAILED = ['do go right', 'do go right', 'do go right']
const RIGHT = ['do go right', 'do go right', 'do open door']

/**
 * Two sessions in which the solver fails, is told to open the door, and does; `merge`d text encodes
 * to other ids than were sampled.
 */
async function revise(options: CorridorOptions = {}): Promise<Revised> {
  const renderer = wordRenderer({ merge: true })
  const environment = corridor(options)
  const sampler = scriptedSampler(renderer, ({ key }) =>
    key.role === 'critic' ? 'open open the door' : (key.round === 1 ? FAILED : RIGHT)[key.turn],
  )
  const protocol = solveCritiqueRevise({
    attempt: multiTurn({ environment, environmentRetries: 0 }),
    criticPrompt: (_, { start, turns }: Attempt) => [
      {
        role: 'user',
        content: `review ${start?.task} then ${turns.map(({ action, observation }) => `${action} ${observation}`).join(' then ')}`,
      },
    ],
    parseCritique: (critique) => ({ critique, valid: true }),
  })
  const results = await runSessions({
    protocol,
    tasks: [{ id: 'd2' }],
    sessions: 2,
    samplers: { solver: sampler, critic: sampler },
    bindings: bindings(renderer),
    draw: { seed: 0, domain: 'train', step: 0 },
    concurrency: 1,
  })
  return { results, requests: sampler.requests, environment, renderer }
}

describe('solveCritiqueRevise over an environment', () => {
  it('ends a stuck attempt, critiques it, and retries the same task from its start', async () => {
    const { results, environment, renderer } = await revise()
    const [{ samples, transcript }] = results
    expect(rewardsOf(results[0])).toEqual([0, 1])
    expect(samples.map(({ keys }) => `${keys.role}${keys.round}`)).toEqual([
      'solver1',
      'critic1',
      'solver2',
    ])
    expect(environment.resets).toBe(4)
    const [first, , second] = samples
    expect([...second.trainedUnder]).toEqual([...first.sampledUnder])
    expect(renderer.text(second.sampledUnder)).toMatch(/you stand at place 0$/)
    expect(transcript.map(({ role }) => role)).toEqual([
      'solver',
      'environment',
      'solver',
      'environment',
      'solver',
      'environment',
      'critic',
      'solver',
      'environment',
      'solver',
      'environment',
      'solver',
      'environment',
    ])
  })

  it('tells the critic the task and the trajectory', async () => {
    const { requests, renderer } = await revise()
    const asked = requests.find(({ key }) => key.role === 'critic')
    expect(renderer.text(asked!.prompt)).toBe(
      'review open the door at place 2 then go right you stand at place 1 then go right you stand at place 2 then go right you stand at place 3',
    )
  })

  it('trains sampled ids as they were sampled, and observations not at all', async () => {
    const { results, requests, renderer } = await revise()
    for (const { samples, session } of results) {
      for (const sample of samples) {
        const own = requests.filter(
          ({ key }) =>
            key.session === session &&
            key.role === sample.keys.role &&
            key.round === sample.keys.round,
        )
        const whole = [...sample.sampledUnder, ...sample.response]
        for (const { prompt } of own) expect(whole.slice(0, prompt.length)).toEqual([...prompt])
        expect(
          sample.behaviorLogprobs.every((value, t) => (value === 0) === (sample.mask[t] === 0)),
        ).toBe(true)
      }
      const [, critic, revision] = samples
      expect([...critic.response]).toEqual([
        ...'open open the door'.split(' ').map(renderer.id),
        MARKS.end,
      ])
      expect(renderer.text(critic.response)).toBe('open the door')
      const spoken = [...revision.response].filter((_, t) => revision.mask[t] === 1)
      expect(spoken).toEqual(
        RIGHT.flatMap((line) => [...line.split(' ').map(renderer.id), MARKS.end]),
      )
      expect(samples.map(isRebound)).toEqual([false, false, true])
    }
  })

  it('counts what a session had sampled when its environment was lost in the retry; the other session goes on', async () => {
    let resets = 0
    const { results } = await revise({
      trouble: (_, what) => {
        if (what === 'reset' && ++resets === 2) throw new Error('server gone')
      },
    })
    expect(results[0].failure).toMatchObject({
      reason: expect.stringMatching(
        /environment "corridor", task "d2": starting failed: server gone/,
      ),
      tokens: 5,
    })
    expect(results[0].samples.map(({ keys }) => `${keys.role}${keys.round}`)).toEqual(['solver1'])
    expect(rewardsOf(results[0])).toEqual([0])
    expect(rewardsOf(results[1])).toEqual([0, 1])
  })
})
