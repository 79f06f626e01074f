import {
  isIcrlError,
  type Environment,
  type EpisodeStep,
  type SessionProtocol,
  type Verdict,
} from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { bindings, tasks } from '../test/arithmetic.ts'
import { scriptedSampler } from '../test/scripted-sampler.ts'
import { wordRenderer } from '../test/word-renderer.ts'
import { multiTurn, runSessions, sessionResult, singleTurn, solveOnce } from './index.ts'

const NONE: readonly (readonly [unknown, string])[] = [
  [true, 'true'],
  ['1', '"1"'],
  [null, 'null'],
  [undefined, 'undefined'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
]

/** A session of the protocol, in training and in evaluation. */
function run(protocol: SessionProtocol<never>, domain: 'train' | 'eval' = 'train') {
  const renderer = wordRenderer()
  const solver = scriptedSampler(renderer, () => 'do go')
  return runSessions({
    protocol: protocol as SessionProtocol,
    tasks: tasks(1),
    sessions: 1,
    samplers: { solver, critic: solver },
    bindings: bindings(renderer),
    draw: { seed: 0, domain, step: 0 },
  })
}

const verdict = (answer: unknown) =>
  solveOnce(
    singleTurn({
      prompt: () => [{ role: 'user', content: 'q' }],
      verifier: () => answer as Verdict,
    }),
  )

/** One step of this reward. */
function earning(step: Partial<EpisodeStep>): Environment {
  return {
    name: 'one step',
    instructions: 'go',
    maxTurns: 1,
    invalidAction: 'no',
    taskIds: async () => [],
    parseAction: () => 'go',
    open: async () => ({
      reset: async () => ({ task: 't', observation: 'o' }),
      step: async () => ({ observation: 'o', done: true, ...step }) as EpisodeStep,
      close: async () => undefined,
    }),
  }
}

/** A protocol that judges by itself. */
const judging = (outcome: object): SessionProtocol =>
  // eslint-disable-next-line require-yield -- it asks nobody
  async function* (task, context) {
    return sessionResult(task, context, [
      { samples: [], transcript: [], outcome: outcome as never },
    ])
  }

describe.each(NONE)('a reward of %s', (reward, shown) => {
  it.each(['train', 'eval'] as const)(
    'stops a run in %s: of a verifier, and of a protocol',
    async (domain) => {
      for (const protocol of [
        verdict({ reward, valid: true }),
        judging({ reward, success: true }),
      ]) {
        const error: unknown = await run(protocol, domain).catch((thrown: unknown) => thrown)
        expect(isIcrlError(error, 'non-finite')).toBe(true)
        expect(String(error)).toContain(`the reward is ${shown}.`)
      }
    },
  )

  it.each(['train', 'eval'] as const)(
    'fails the session of its environment in %s',
    async (domain) => {
      const environment = earning({ reward: reward as number })
      const [{ failure, outcomes }] = await run(solveOnce(multiTurn({ environment })), domain)
      expect(failure?.reason).toContain(`a step answered reward ${shown},`)
      expect(outcomes).toEqual([])
    },
  )
})

describe('a sum of components that misses 1 by rounding', () => {
  it.each([
    0.7 + 0.2 + 0.1,
    0.6 + 0.3 + 0.1,
    0.4 + 0.2 + 0.3 + 0.1,
    0.1 + 0.2 + 0.7,
    0.5 + 0.25 + 0.15 + 0.1,
  ])('is a success everywhere: %s', async (reward) => {
    const protocols = [
      verdict({ reward, valid: true }),
      solveOnce(multiTurn({ environment: earning({ reward }) })),
      judging({ reward }),
    ]
    for (const protocol of protocols) {
      const [{ outcomes }] = await run(protocol)
      expect(outcomes).toEqual([{ reward, success: true }])
    }
  })
})

it.each<[unknown, string]>([
  [undefined, 'the judgment is undefined'],
  [1, 'the judgment is 1'],
  [{ reward: 1 }, 'valid is undefined'],
  [{ reward: 1, valid: 'yes' }, 'valid is "yes"'],
  [{ reward: 1, valid: true, success: 1 }, 'success is 1'],
  [{ reward: 1, valid: true, components: { format: NaN } }, 'the component "format" is NaN'],
  [{ reward: 1, valid: true, components: { format: true } }, 'the component "format" is true'],
])('refuses the verdict %j', async (answer, message) => {
  await expect(run(verdict(answer))).rejects.toThrow(message)
})

it.each<[Partial<EpisodeStep>, string]>([
  [{ reward: 1, success: 'yes' as never }, 'success "yes"'],
  [{ reward: 1, done: 'false' as never }, 'done "false"'],
  [{ reward: 1, observation: 7 as never }, 'an observation of type number'],
])('refuses the step %j', async (step, message) => {
  const [{ failure }] = await run(solveOnce(multiTurn({ environment: earning(step) })))
  expect(failure?.reason).toContain(message)
})
