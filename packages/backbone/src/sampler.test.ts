import { drawStream } from '@icrl/core'
import '@tensorflow/tfjs-backend-cpu'
import { isIcrlError } from '@icrl/core'
import type { SampleRequest } from '@icrl/core'
import { fill, memory, setBackend } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { drawKey } from '../test/draw-key.ts'
import { tinyConfig } from '../test/tiny-config.ts'
import { initializeModel } from './initialize-model.ts'
import { LocalPolicy } from './local-policy.ts'

const config = tinyConfig()
const prompt = Int32Array.of(1, 2, 3)
const request = (more: Partial<SampleRequest> = {}): SampleRequest => ({
  prompt,
  maxTokens: 8,
  temperature: 1,
  stop: [],
  draws: drawStream(drawKey(0)),
  ...more,
})
const create = (): LocalPolicy => new LocalPolicy(config, initializeModel(config, 0))

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  return action().then(
    () => 'none',
    (error: unknown) => (isIcrlError(error) ? error.code : String(error)),
  )
}

beforeAll(() => setBackend('cpu'))

describe('sampling', () => {
  it('lets timers run between decode steps', async () => {
    await using policy = create()
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await policy.sample(request({ maxTokens: 60 }))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(5)
  })

  it('ends an aborted generation with a prefix of what it would have said', async () => {
    await using policy = create()
    const whole = await policy.sample(request({ maxTokens: 40 }))
    const abort = new AbortController()
    const generation = policy.sample(request({ maxTokens: 40 }), abort.signal)
    for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    const { tokens, finish } = await generation
    expect(finish).toBe('aborted')
    expect(tokens.length).toBeLessThan(40)
    expect([...tokens]).toEqual(Array.from(whole.tokens.slice(0, tokens.length)))
  })

  it('stops at the end of the context', async () => {
    await using policy = create()
    const { tokens, finish } = await policy.sample(
      request({ prompt: new Int32Array(90).fill(1), maxTokens: 50 }),
    )
    expect([tokens.length, finish]).toEqual([6, 'length'])
  })

  it('filters by top-k and top-p, and still reports the full softmax', async () => {
    await using policy = create()
    const { tokens: greedy } = await policy.sample(request({ temperature: 0 }))
    const filtered = [request({ topK: 1 }), request({ topP: 1e-6 })]
    for (const { tokens, logprobs } of await Promise.all(
      filtered.map((one) => policy.sample(one)),
    )) {
      expect([...tokens]).toEqual([...greedy])
      const [scored] = await policy.score([{ prompt, response: tokens, temperature: 1 }])
      expect([...logprobs]).toEqual([...scored.logprobs])
    }
  })

  it('waits for running generations before a step, and holds new ones back until after it', async () => {
    await using policy = create()
    const running = policy.sample(request({ maxTokens: 20 }))
    await new Promise((resolve) => setImmediate(resolve))
    await policy.accumulate([], () => [])
    const step = policy.step({ learningRate: 0 })
    const late = policy.sample(request())
    expect((await running).version).toBe('policy@0')
    expect((await step).version).toBe('policy@1')
    expect((await late).version).toBe('policy@1')
  })

  it('ends the generations that run before it is disposed of, and fails those that come later by name', async () => {
    const policy = create()
    const running = policy.sample(request({ maxTokens: 20 }))
    await new Promise((resolve) => setImmediate(resolve))
    const disposed = policy[Symbol.asyncDispose]()
    const late = codeOf(() => policy.sample(request()))
    expect((await running).tokens.length).toBe(20)
    expect(await late).toBe('unavailable')
    await disposed
    await expect(policy.sample(request())).rejects.toThrow('policy@0 has been disposed of')
  })

  it('leaves no tensor behind', async () => {
    const before = memory().numTensors
    const policy = create()
    await Promise.all(
      [0, 1, 2].map((session) => policy.sample(request({ draws: drawStream(drawKey(session)) }))),
    )
    await policy[Symbol.asyncDispose]()
    expect(memory().numTensors).toBe(before)
  })

  it.each<[string, Partial<SampleRequest>, string]>([
    ['an empty prompt', { prompt: new Int32Array(0) }, 'invalid-shape'],
    ['an id outside the vocabulary', { prompt: Int32Array.of(1, 24) }, 'vocabulary-mismatch'],
    ['a prompt as long as the context', { prompt: new Int32Array(96) }, 'context-exceeded'],
    ['no tokens', { maxTokens: 0 }, 'invalid-option'],
    ['a negative temperature', { temperature: -1 }, 'invalid-option'],
    ['top-p of 0', { topP: 0 }, 'invalid-option'],
    ['half a top-k', { topK: 0.5 }, 'invalid-option'],
  ])('refuses %s', async (_, more, code) => {
    await using policy = create()
    expect(await codeOf(() => policy.sample(request(more)))).toBe(code)
    expect((await policy.sample(request())).tokens.length).toBe(8)
  })

  it('fails with non-finite where the weights are', async () => {
    const parameters = initializeModel(config, 0)
    const norm = parameters.get('model.norm.weight')
    norm?.assign(fill([16], NaN))
    await using policy = new LocalPolicy(config, parameters)
    expect(await codeOf(() => policy.sample(request()))).toBe('non-finite')
  })
})
