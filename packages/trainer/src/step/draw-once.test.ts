import { drawStream, type DrawKey, type SampleRequest, type Sampler } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { drawOnce } from './draw-once.ts'

const key: DrawKey = {
  seed: 0,
  domain: 'eval',
  step: 3,
  task: 'q7',
  session: 0,
  role: 'solver',
  round: 1,
  branch: 0,
  turn: 0,
}
const request: SampleRequest = {
  prompt: Int32Array.of(1, 2),
  maxTokens: 6,
  temperature: 1,
  stop: [9],
  draws: drawStream(key),
}

/** Answers with how often it was asked. */
function countingSampler(finish: 'stop' | 'aborted' = 'stop'): Sampler {
  let asked = 0
  return {
    sample: async () => ({
      tokens: Int32Array.of(++asked),
      logprobs: Float32Array.of(-1),
      finish,
      version: 'v',
    }),
  }
}

function solver(sampler: Sampler): (changes?: Partial<SampleRequest>) => Promise<number> {
  const { solver } = drawOnce({ solver: sampler })
  return async (changes) => (await (solver as Sampler).sample({ ...request, ...changes })).tokens[0]
}

describe('drawOnce', () => {
  it('draws an equal request once', async () => {
    const sample = solver(countingSampler())
    expect(await sample()).toBe(1)
    expect(
      await sample({ prompt: Int32Array.of(1, 2), stop: [9], draws: drawStream({ ...key }) }),
    ).toBe(1)
  })

  it.each<[string, Partial<SampleRequest>]>([
    ['prompt', { prompt: Int32Array.of(1, 3) }],
    ['longer prompt', { prompt: Int32Array.of(1, 2, 3) }],
    ['limit', { maxTokens: 7 }],
    ['temperature', { temperature: 0 }],
    ['nucleus', { topP: 0.9 }],
    ['k', { topK: 3 }],
    ['stop id', { stop: [8] }],
    ...(Object.entries({
      seed: 1,
      domain: 'train',
      step: 4,
      task: 'q8',
      session: 1,
      role: 'critic',
      round: 2,
      branch: 1,
      turn: 1,
    }).map(([part, value]) => [part, { draws: drawStream({ ...key, [part]: value }) }]) as [
      string,
      Partial<SampleRequest>,
    ][]),
  ])('draws anew for another %s, and forgets neither', async (_, changes) => {
    const sample = solver(countingSampler())
    expect([await sample(), await sample(changes), await sample(), await sample(changes)]).toEqual([
      1, 2, 1, 2,
    ])
  })

  it('tells roles with the same sampler apart', async () => {
    const sampler = countingSampler()
    const { solver, critic } = drawOnce({ solver: sampler, critic: sampler }) as Record<
      string,
      Sampler
    >
    expect((await solver.sample(request)).tokens[0]).toBe(1)
    expect((await critic.sample(request)).tokens[0]).toBe(2)
  })

  it('does not remember what was cut short', async () => {
    const sample = solver(countingSampler('aborted'))
    expect([await sample(), await sample()]).toEqual([1, 2])
  })

  it('leaves endpoints as they are', () => {
    const endpoint = { complete: async () => ({ text: 'yes', finish: 'stop' as const }) }
    expect(drawOnce({ critic: endpoint }).critic).toBe(endpoint)
  })
})
