import type { Policy, Sample, ScoreItem, Scorer } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { scorerFor } from './score-samples.ts'

const sample = (id: string, options: Partial<Sample> = {}): Sample => ({
  id,
  parents: [],
  keys: { task: 'a', role: 'solver', session: 0, round: 1, branch: 0 },
  sampledUnder: Int32Array.of(1, 2),
  trainedUnder: Int32Array.of(3),
  response: Int32Array.of(Number(id), 0),
  mask: Uint8Array.of(1, 1),
  behaviorLogprobs: Float32Array.of(-1, -1),
  rewards: {},
  reward: 0,
  policy: 'left',
  version: '0',
  temperature: 0.5,
  finish: 'stop',
  valid: true,
  ...options,
})

interface Asked {
  readonly items: readonly ScoreItem[]
  readonly want: unknown
}

/** Gives every token the log-probability −(its sample's number) − `offset`, and entropy 1. */
function scorer(offset: number): Scorer & { readonly passes: Asked[] } {
  const passes: Asked[] = []
  return {
    passes,
    async score(items, want) {
      passes.push({ items, want })
      return items.map(({ response }) => ({
        logprobs: new Float32Array(response.length).fill(-response[0] - offset),
        entropy: want?.entropy ? new Float32Array(response.length).fill(1) : undefined,
      }))
    },
  }
}

function parts(): {
  readonly score: ReturnType<typeof scorerFor>
  readonly left: ReturnType<typeof scorer>
} {
  const left = scorer(0)
  const policies = { left, right: scorer(100) } as unknown as Record<string, Policy>
  return {
    left,
    score: scorerFor({ policies, references: { left: scorer(1000) } }),
  }
}

const firsts = (scores: readonly { readonly logprobs: Float32Array }[]): number[] =>
  scores.map(({ logprobs }) => logprobs[0])

describe('scorerFor', () => {
  const mixed = [sample('1'), sample('2', { policy: 'right' }), sample('3')]

  it("scores each sample by its own policy, in the samples' order", async () => {
    const { score } = parts()
    expect(firsts(await score(mixed, { prompt: 'trainedUnder' }))).toEqual([-1, -102, -3])
    expect(await score([], { prompt: 'trainedUnder' })).toEqual([])
  })

  it('scores by one policy for all, or by the reference', async () => {
    const { score } = parts()
    const prompt = 'trainedUnder'
    expect(firsts(await score(mixed, { prompt, by: 'right' }))).toEqual([-101, -102, -103])
    expect(firsts(await score([mixed[0]], { prompt, by: 'reference' }))).toEqual([-1001])
  })

  it('scores under the prompt asked for, greedy samples at temperature 1', async () => {
    const { score, left } = parts()
    await score([sample('1'), sample('2', { temperature: 0 })], { prompt: 'sampledUnder' })
    expect(left.passes.flatMap(({ items }) => items)).toMatchObject([
      { prompt: Int32Array.of(1, 2), temperature: 0.5 },
      { prompt: Int32Array.of(1, 2), temperature: 1 },
    ])
  })

  it('gives entropies where they are wanted', async () => {
    const { score } = parts()
    const [plain] = await score([mixed[0]], { prompt: 'trainedUnder' })
    const [wanted] = await score([mixed[0]], { prompt: 'trainedUnder', want: { entropy: true } })
    expect(plain.entropy).toBeUndefined()
    expect(wanted.entropy).toEqual(Float32Array.of(1, 1))
  })

  it.each([
    ['a policy that does not exist', sample('1'), 'teacher', /no policy "teacher".*left, right/],
    ['a sample of no policy', sample('1', { policy: 'x' }), 'policy', /no policy "x"/],
    [
      'a reference that the recipe did not want',
      sample('1', { policy: 'right' }),
      'reference',
      /no reference of policy "right".*wantsReference/,
    ],
  ])('refuses %s', async (_, one, by, message) => {
    const { score } = parts()
    const scored = score([one], { prompt: 'trainedUnder', by })
    await expect(scored).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(scored).rejects.toThrow(message)
  })
})
