import {
  type Environment,
  type SampleRequest,
  type Sampler,
  type Task,
  textOf,
  type Message,
} from '@icrl/core'
import { multiTurn, runSessions, solveOnce } from '@icrl/rollout'
import { expect, it } from 'vitest'
import { environmentBudgets } from './environment-budgets.ts'

const END = 0

/** Goes on for ever; each observation is as long as the task's id says. */
function endless(observed: number): Environment {
  return {
    name: 'endless',
    instructions: '',
    maxTurns: 50,
    invalidAction: '',
    parseAction: (text) => text,
    taskIds: async () => ['t'],
    open: async () => ({
      reset: async () => ({ task: 't', observation: '' }),
      step: async () => ({ observation: 'x'.repeat(observed), reward: 0, done: false }),
      close: async () => {},
    }),
  }
}

/** Says as much as it may, another thing each turn unless it is stuck. */
async function play(
  observed: number,
  isStuck = false,
): Promise<{ requests: SampleRequest[]; length: number; finish: string }> {
  const requests: SampleRequest[] = []
  const sampler: Sampler = {
    sample: async (request) => {
      requests.push(request)
      const tokens = new Int32Array(Math.min(request.maxTokens, 2048)).fill(
        isStuck ? 5 : 5 + Number(request.draws.path.at(-1)),
      )
      return {
        tokens,
        logprobs: new Float32Array(tokens.length).fill(-1),
        finish: 'length',
        version: '0',
      }
    },
  }
  const letters = (text: string): Int32Array =>
    Int32Array.from(text, (letter) => letter.charCodeAt(0))
  const renderer = {
    start: () => letters('t'),
    continue: ([message]: readonly Message[]) => Int32Array.of(END, ...letters(textOf(message))),
    text: (tokens: Int32Array) => String(tokens[0]),
    stop: [END],
    vocabularySize: 200,
  }
  const { attempt, roles } = environmentBudgets
  const [
    {
      samples: [sample],
    },
  ] = await runSessions<Task>({
    protocol: solveOnce(multiTurn({ environment: endless(observed), ...attempt })),
    tasks: [{ id: 't' }],
    sessions: 1,
    samplers: { solver: sampler },
    bindings: { solver: { renderer, ...roles.solver, policy: 'shared' } },
    draw: { seed: 0, domain: 'train', step: 0 },
  })
  return {
    requests,
    length: sample.sampledUnder.length + sample.response.length,
    finish: sample.finish,
  }
}

it('ends an attempt within 16,384 tokens, at most 2,048 a turn', async () => {
  const { requests, length, finish } = await play(100)
  expect(requests.map(({ maxTokens }) => maxTokens).slice(0, 7)).toEqual(Array(7).fill(2048))
  expect(requests).toHaveLength(8)
  expect(length).toBeLessThanOrEqual(16_384)
  expect(finish).toBe('length')
})

it('ends it after the same action three times', async () => {
  const { requests, finish } = await play(100, true)
  expect(requests).toHaveLength(3)
  expect(finish).toBe('environment')
})

it('allows 30 turns, 1,024 tokens a critique', () => {
  expect(environmentBudgets.attempt.maxTurns).toBe(30)
  expect(environmentBudgets.roles.critic.sampling).toEqual({ maxTokens: 1024, temperature: 1 })
})
