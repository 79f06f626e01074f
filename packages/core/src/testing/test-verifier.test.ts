import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { QuestionTask } from '../task.ts'
import type { Verdict, Verifier } from '../verifier.ts'
import { testVerifier, type VerifierCase } from './test-verifier.ts'

const task = { id: 'q', question: '2 + 2?', answer: '4' }
const cases = [
  { task, text: '4', reward: 1 },
  { task, text: '5', reward: 0 },
]
const right = ({ text }: { readonly text: string }): Verdict => ({
  reward: text === task.answer ? 1 : 0,
  valid: text !== '',
})

/** The names of the checks that a verifier fails, each with its message. */
async function failed(
  verifier: Verifier<QuestionTask>,
  judged: readonly VerifierCase<QuestionTask>[] = cases,
): Promise<Record<string, string>> {
  const messages: Record<string, string> = {}
  for (const { name, run } of testVerifier(verifier, { cases: judged }))
    try {
      await run()
    } catch (error) {
      messages[name] = (error as Error).message
    }
  return messages
}

describe('testVerifier', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const inTime = 'hostile responses are judged, within a second each'

  it('passes a verifier that is right', async () => expect(await failed(right)).toEqual({}))

  it('passes one of ±1, and one whose scores say themselves what a success is', async () => {
    const signed: Verifier<QuestionTask> = (given) => {
      const { reward, valid } = right(given)
      return { reward: 2 * reward - 1, valid }
    }
    expect(
      await failed(signed, [
        { task, text: '4', reward: 1 },
        { task, text: '5', reward: -1 },
      ]),
    ).toEqual({})
    const scored: Verifier<QuestionTask> = (given) => {
      const { reward, valid } = right(given)
      return { reward: reward ? 3.7 : -0.4, success: reward === 1, valid }
    }
    expect(
      await failed(scored, [
        { task, text: '4', reward: 3.7, success: true },
        { task, text: '5', reward: -0.4 },
      ]),
    ).toEqual({})
  })

  it('checks the rewards of single tokens', async () => {
    const encode = (text: string): Int32Array => new Int32Array(Math.min(text.length, 5))
    const verdicts = async (rewards: (tokens: Int32Array) => Float32Array): Promise<string[]> => {
      const messages: string[] = []
      const stepwise: Verifier<QuestionTask> = (given) => ({
        ...right(given),
        tokenRewards: rewards(given.tokens),
      })
      for (const { run } of testVerifier(stepwise, { cases, encode }))
        await run().catch((error: Error) => messages.push(error.message))
      return messages
    }
    expect(await verdicts((tokens) => new Float32Array(tokens.length))).toEqual([])
    expect(await verdicts(() => new Float32Array(2))).toContainEqual(
      '"4": 2 token rewards for 1 tokens',
    )
    expect(await verdicts((tokens) => new Float32Array(tokens.length).fill(NaN))).toContainEqual(
      '"4": the reward of token 0 is NaN',
    )
  })

  it('fails one that takes longer than a second each time', async () => {
    let tries = 0
    const slow = await failed((given) => {
      if (given.text === 'NaN') vi.advanceTimersByTime(1400 + 100 * ++tries)
      return right(given)
    })
    expect(slow).toEqual({
      [inTime]: expect.stringMatching(/"NaN": took 1500 ms, the fastest of 3 tries/),
    })
    expect(tries).toBe(3)
  })

  it('passes one that a pause of the machine held up once', async () => {
    let isCold = true
    const messages = await failed((given) => {
      if (isCold && given.text.startsWith('{')) {
        isCold = false
        vi.advanceTimersByTime(5000)
      }
      return right(given)
    })
    expect(messages).toEqual({})
    expect(isCold).toBe(false)
  })

  it.each<[string, string, Verifier<QuestionTask>]>([
    [
      'another reward',
      'the given responses get the given rewards',
      (given) => ({ ...right(given), reward: given.text === '' ? 0 : 1 }) as never,
    ],
    [
      'a reward above 1',
      inTime,
      (given) => (given.text === 'Infinity' ? { reward: 2, valid: true } : right(given)),
    ],
    [
      'a reward that is NaN',
      inTime,
      (given) => (given.text === 'NaN' ? { reward: NaN, valid: true } : right(given)),
    ],
    [
      'a component that is no number',
      inTime,
      (given) => ({ ...right(given), components: { length: given.text === '-0' ? NaN : 1 } }),
    ],
    [
      'validity left open',
      inTime,
      (given) => (given.text === '-0' ? ({ reward: 0 } as Verdict) : right(given)),
    ],
    [
      'a success that is none',
      'the given responses get the given rewards',
      (given) => ({ ...right(given), success: given.text === '5' }),
    ],
    [
      'a rewarded silence',
      'an empty response is no success and not valid',
      (given) => (given.text === '' ? { reward: 1, valid: true } : right(given)),
    ],
  ])('fails one with %s', async (_, name, verifier) =>
    expect(Object.keys(await failed(verifier))).toEqual([name]),
  )

  it('fails one that judges the same response differently', async () => {
    let verdicts = 0
    expect(
      Object.keys(
        await failed((given) => ({ ...right(given), components: { n: verdicts++ } }) as never),
      ),
    ).toEqual(['the same response gets the same verdict'])
  })
})
