import { isIcrlError, type QuestionTask, type SessionResult, type Verifier } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { bindings, tasks } from '../../test/arithmetic.ts'
import { rewardsOf } from '../../test/rewards-of.ts'
import { scriptedSampler } from '../../test/scripted-sampler.ts'
import { wordRenderer } from '../../test/word-renderer.ts'
import { runSessions, singleTurn, solveOnce, type SingleTurnOptions } from '../index.ts'

async function answer(
  options: Partial<SingleTurnOptions<QuestionTask>> = {},
): Promise<SessionResult> {
  const renderer = wordRenderer()
  const sampler = scriptedSampler(renderer, () => 'it is 1')
  const attempt = singleTurn<QuestionTask>({
    prompt: (task) => [{ role: 'user', content: task.question }],
    verifier: ({ text, task }) => ({ reward: text.endsWith(task.answer) ? 1 : 0, valid: true }),
    ...options,
  })
  const [result] = await runSessions({
    protocol: solveOnce(attempt),
    tasks: tasks(1),
    sessions: 1,
    samplers: { solver: sampler, critic: sampler },
    bindings: bindings(renderer),
    draw: { seed: 0, domain: 'train', step: 0 },
  })
  return result
}

const judged =
  (reward: number): Verifier<QuestionTask> =>
  () => ({ reward, valid: true })

describe('singleTurn', () => {
  it('answers once and is judged; every token is trained', async () => {
    const {
      samples: [sample],
    } = await answer()
    expect(sample).toMatchObject({
      reward: 1,
      finish: 'stop',
      valid: true,
      temperature: 1,
      policy: 'shared',
      version: 'v1',
      parents: [],
    })
    expect([...sample.mask]).toEqual([1, 1, 1, 1])
  })

  it("keeps the verifier's components beside the outcome", async () => {
    const {
      samples: [sample],
    } = await answer({
      verifier: () => ({ reward: 0.5, valid: false, components: { format: 0.25 } }),
    })
    expect(sample.rewards).toEqual({ outcome: 0.5, format: 0.25 })
    expect(sample.valid).toBe(false)
  })

  it('passes the rewards of single tokens on', async () => {
    const tokenRewards = Float32Array.of(0.25, 0, -0.5, 1)
    const { samples } = await answer({
      verifier: ({ tokens }) => ({
        reward: 1,
        valid: true,
        tokenRewards: tokenRewards.slice(0, tokens.length),
      }),
    })
    expect(samples[0].tokenRewards).toEqual(tokenRewards)
    expect((await answer()).samples[0]).not.toHaveProperty('tokenRewards')
  })

  it.each([
    [Float32Array.of(1), 'invalid-shape', '1 token rewards for 4 tokens'],
    [Float32Array.of(0, NaN, 0, 1), 'non-finite', 'the reward of token 1 is NaN'],
  ] as const)('refuses the token rewards %j', async (tokenRewards, code, message) => {
    const verifier = () => ({ reward: 1, valid: true, tokenRewards })
    await expect(answer({ verifier })).rejects.toSatisfy(
      (error) =>
        isIcrlError(error, code) &&
        error.message.includes(`verifier, task "q0", round 1: ${message}`),
    )
  })

  it('waits for a verifier that takes its time', async () => {
    const slow: Verifier<QuestionTask> = () =>
      new Promise((resolve) => setTimeout(resolve, 5, { reward: 0.75, valid: true }))
    expect(rewardsOf(await answer({ verifier: slow }))).toEqual([0.75])
  })

  it('gives the answer what the context leaves', async () => {
    const {
      samples: [sample],
    } = await answer({ contextTokens: 10 })
    expect(sample.sampledUnder.length).toBe(8)
    expect(sample.response.length).toBe(2)
    expect(sample.finish).toBe('length')
  })

  it('fails the session where the prompt leaves no room', async () => {
    expect((await answer({ contextTokens: 8 })).failure).toMatchObject({
      reason: expect.stringContaining('the prompt has 8 tokens, the context 8'),
      error: { code: 'context-exceeded' },
    })
  })

  it.each([
    [{ reward: -1 }, false],
    [{ reward: 0.7 + 0.2 + 0.1 }, true],
    [{ reward: 3.7, success: true }, true],
    [{ reward: 3.7, success: false }, false],
  ])('a verdict of %j: success %s, in the outcome and the sample', async (judgment, success) => {
    const { outcomes, samples } = await answer({ verifier: () => ({ ...judgment, valid: true }) })
    expect(outcomes).toEqual([{ reward: judgment.reward, success }])
    expect(samples[0]).toMatchObject({ reward: judgment.reward, success })
  })

  it.each([
    [NaN, 'non-finite'],
    [2, 'invalid-shape'],
    [Infinity, 'non-finite'],
  ] as const)('refuses reward %s', async (reward, code) => {
    await expect(answer({ verifier: judged(reward) })).rejects.toSatisfy(
      (error) => isIcrlError(error, code) && error.message.includes(`the reward is ${reward}`),
    )
  })
})
