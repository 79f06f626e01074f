import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import type { Sampler, SessionProtocol, SessionResult, TextGenerator } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  refineId,
  reviseDecoding,
  refiningTurn,
  runSessions,
  singleTurn,
  solveOnce,
} from '../index.ts'

const world = quiz({ seed: 8 })
const { renderer, maxTokens, verifier, answers } = world
const tasks = world.tasks('test', 10)
const shared = { prompt: (task: QuizTask) => world.revisePrompt(task), verifier, refine: 'refine' }
const answerOf = (text: string): string | undefined => answers.find((one) => one === text)

/** Says given words, each with the given probability of its end. */
function says(...words: readonly (readonly [string, number])[]): Sampler {
  let turn = 0
  return {
    sample: async () => {
      const [text, probability] = words[turn++ % words.length]
      const tokens = renderer.answer!(text)
      const logprobs = new Float32Array(tokens.length)
      logprobs[tokens.length - 1] = Math.log(probability)
      return { tokens, logprobs, finish: 'stop', version: 'script' }
    },
  }
}

async function ran(
  protocol: SessionProtocol<QuizTask>,
  solver: Sampler | TextGenerator = tablePolicy(world.untaught),
): Promise<SessionResult[]> {
  return runSessions({
    protocol,
    tasks,
    sessions: 1,
    samplers: { solver },
    bindings: {
      solver: {
        renderer,
        sampling: { maxTokens, temperature: 1 },
        ...('sample' in solver && { policy: 'shared' }),
      },
    },
    draw: { seed: 0, domain: 'train', step: 0 },
    concurrency: 1,
  })
}

describe('refining-turn', () => {
  it('one sample, the outcomes of its first and its last attempt', async () => {
    for (const { samples, outcomes, transcript, task } of await ran(refiningTurn(shared))) {
      const attempts = transcript[0].text.split(' refine ')
      const { answer } = tasks.find(({ id }) => id === task)!
      expect(samples).toHaveLength(1)
      expect(outcomes.map(({ success }) => success)).toEqual([
        attempts[0] === answer,
        attempts.at(-1) === answer,
      ])
      expect(samples[0].reward).toBe(outcomes[1].reward)
    }
  })

  it('without [refine] is a single turn', async () => {
    const never = { ...shared, prompt: (task: QuizTask) => world.prompt(task) }
    const plain = await ran(solveOnce(singleTurn({ prompt: never.prompt, verifier })))
    const refined = await ran(refiningTurn(never))
    const texts = (sessions: typeof plain): unknown =>
      sessions.map(({ transcript, outcomes }) => [transcript[0].text, outcomes.at(-1)])
    expect(texts(refined)).toEqual(texts(plain))
  })
})

describe('revise-decoding', () => {
  it('the last attempts of all responses vote', async () => {
    const sessions = await ran(reviseDecoding({ ...shared, answerOf, samples: 5 }))
    for (const { outcomes, findings, task, samples, transcript } of sessions) {
      expect([outcomes.length, samples.length, transcript.length]).toEqual([1, 0, 5])
      const lasts = transcript.map(({ text }) => text.split(' refine ').at(-1))
      expect(lasts).toContain(findings!.answer)
      const { answer } = tasks.find(({ id }) => id === task)!
      expect(outcomes[0].success).toBe(findings!.answer === answer)
    }
  })

  it.each([
    [
      'one confident answer outweighs two doubtful ones',
      [
        ['a1', 0.2],
        ['a1', 0.2],
        ['a2', 0.9],
      ],
      'a2',
    ],
    [
      'two outweigh one that is not as sure',
      [
        ['a1', 0.5],
        ['a2', 0.9],
        ['a1', 0.5],
      ],
      'a1',
    ],
    [
      'of equal ones the first',
      [
        ['a3', 0.5],
        ['a2', 0.5],
        ['a1', 0.5],
      ],
      'a3',
    ],
    [
      'the last attempt counts',
      [
        ['a3 refine a0', 0.9],
        ['a3', 0.5],
        ['a2', 0.1],
      ],
      'a0',
    ],
  ] as const)('%s', async (_, words, answer) => {
    const sessions = await ran(reviseDecoding({ ...shared, answerOf, samples: 3 }), says(...words))
    for (const { findings } of sessions) expect(findings!.answer).toBe(answer)
  })

  it('says that an endpoint without ids cannot be read', async () => {
    const endpoint = { complete: async () => ({ text: 'a1', finish: 'stop' as const }) }
    await expect(ran(reviseDecoding({ ...shared, answerOf }), endpoint)).rejects.toMatchObject({
      code: 'unsupported',
    })
  })

  it('refuses a word of several ids', () =>
    expect(() => refineId(renderer, 'a1 a2')).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    ))
})
