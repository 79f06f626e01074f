import {
  isRebound,
  type Environment,
  type Renderer,
  type SampleRequest,
  type Sampler,
  type Sampling,
  type Task,
  textOf,
} from '@icrl/core'
import { criticPrompt, parseCritique } from '@icrl/critic'
import {
  generatedGames,
  household,
  maze,
  searchqa,
  shop,
  textcraft,
  wordle,
} from '@icrl/environments'
import { agentgymEnvironment, alfworldDialect } from '@icrl/environments/client'
import { alfworldApp, serve, type RunningServer } from '@icrl/environments/server'
import { environmentBudgets } from '@icrl/recipes'
import { multiTurn, runSessions, solveCritiqueRevise } from '@icrl/rollout'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const END = 0
const codes = (text: string): number[] => Array.from(text, (letter) => letter.codePointAt(0)!)

/** One id a character, whatever the character. */
const letters: Renderer = {
  start: (messages) =>
    Int32Array.from(messages.flatMap((message) => [...codes(textOf(message)), END])),
  continue: ([message]) => Int32Array.from([...codes(textOf(message)), END]),
  text: (tokens) => String.fromCodePoint(...tokens.filter((id) => id !== END)),
  stop: [END],
  vocabularySize: 0x11_0000,
}

const games = generatedGames({ size: 'small', train: 4, test: 2 })
let server: RunningServer
beforeAll(async () => {
  server = await serve(alfworldApp({ games }))
})
afterAll(() => server.close())

const ENVIRONMENTS: readonly (readonly [string, () => Environment])[] = [
  ['household', () => household({ games })],
  [
    'household over the wire',
    () =>
      agentgymEnvironment(alfworldDialect, {
        servers: server.urls,
        tasks: { train: ['0'], test: ['1'] },
      }),
  ],
  ['textcraft', () => textcraft()],
  ['wordle', () => wordle()],
  ['maze', () => maze()],
  ['searchqa', () => searchqa()],
  ['shop', () => shop()],
]

/**
 * One ICRL session with the prompts as they come: the solver says one thing over and over, the
 * critic gives a tip.
 */
async function session(
  environment: Environment,
): Promise<{ requests: SampleRequest[]; result: Awaited<ReturnType<typeof runSessions>>[number] }> {
  const requests: SampleRequest[] = []
  const sampler: Sampler = {
    sample: async (request) => {
      requests.push(request)
      const said = request.draws.path.includes('critic')
        ? '<tips>\n- Look elsewhere.\n</tips>'
        : '<action>look</action>'
      const tokens = Int32Array.from([...codes(said), END])
      return {
        tokens,
        logprobs: new Float32Array(tokens.length).fill(-1),
        finish: 'stop',
        version: '0',
      }
    },
  }
  const { attempt, roles } = environmentBudgets
  const role = (
    name: 'solver' | 'critic',
  ): { renderer: Renderer; sampling: Sampling; policy: string } => ({
    renderer: letters,
    ...roles[name],
    policy: 'shared',
  })
  const protocol = solveCritiqueRevise<Task>({
    attempt: multiTurn({ environment, ...attempt, contextTokens: 64_000 }),
    criticPrompt: criticPrompt<Task>(),
    parseCritique,
  })
  const [id] = await environment.taskIds('train')
  const [result] = await runSessions<Task>({
    protocol,
    tasks: [{ id }],
    sessions: 1,
    samplers: { solver: sampler, critic: sampler },
    bindings: { solver: role('solver'), critic: role('critic') },
    draw: { seed: 0, domain: 'train', step: 0 },
  })
  return { requests, result }
}

describe('a session of ICRL over', () => {
  it.each(ENVIRONMENTS)('%s', async (_, create) => {
    const environment = create()
    const episode = await environment.open()
    const start = await episode.reset((await environment.taskIds('train'))[0])
    await episode.close()
    const { requests, result } = await session(environment)
    expect(result.failure).toBeUndefined()
    const [first, critic, second] = result.samples
    expect(result.samples.map(({ keys }) => `${keys.role}${keys.round}`)).toEqual([
      'solver1',
      'critic1',
      'solver2',
    ])
    const asked = letters.text(critic.sampledUnder)
    expect(asked).toContain(`## Task\n${start.task.slice(0, 200)}`)
    expect(asked).toMatch(/## The attempt\n1\. .*look/)
    expect(asked.length).toBeLessThan(20_000)
    expect(isRebound(second)).toBe(true)
    expect(second.trainedUnder).toEqual(first.sampledUnder)
    expect(letters.text(second.sampledUnder)).toContain('Look elsewhere.')
    for (const sample of [first, second])
      expect(sample.behaviorLogprobs.every((value, t) => value === -sample.mask[t])).toBe(true)
    expect(
      requests.filter(({ draws: { path } }) => path[5] === 'solver' && path[6] === 1).length,
    ).toBeLessThanOrEqual(3)
  })
})
