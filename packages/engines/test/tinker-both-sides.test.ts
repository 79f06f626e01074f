import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selectBackend } from '@icrl/backbone'
import { testPolicy } from '@icrl/core/testing'
import { listen, type RunningServer } from '@icrl/serve'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinkerPolicy, type TinkerPolicy, type TinkerPolicyOptions } from '../src/index.ts'
import { compareGradients, PLAIN } from './compare-gradients.ts'
import { config, MODEL, serve, type Served, tinyBase } from './served.ts'

// Our client on our server: each proves the other.

describe('tinkerPolicy on our own server', () => {
  let served: Served
  let server: RunningServer
  let first: TinkerPolicy
  const errors: unknown[] = []
  const made: TinkerPolicy[] = []
  const options = (): Parameters<typeof tinkerPolicy>[0] => ({
    url: server.urls[0],
    apiKey: served.server.token,
    model: MODEL,
    vocabularySize: config.vocabularySize,
    contextLength: config.contextLength,
    rank: 4,
  })
  const create = async (more: Partial<TinkerPolicyOptions> = {}): Promise<TinkerPolicy> => {
    const policy = await tinkerPolicy({ ...options(), capabilities: first.server, ...more })
    made.push(policy)
    return policy
  }
  beforeAll(async () => {
    await selectBackend('auto')
    served = await serve({ maxModels: 200, onError: (error) => errors.push(error) })
    server = await listen((request) => served.server.fetch(request), {
      isGuarded: true,
      maxBody: 2 ** 24,
    })
    first = await tinkerPolicy(options())
  })
  afterAll(async () => {
    for (const policy of [first, ...made]) await policy[Symbol.asyncDispose]()
    await server.close()
    await served[Symbol.asyncDispose]()
  })

  it('finds out that it reads JSON and sums', () => {
    expect(first.server).toMatchObject({ wire: 'json', reduction: 'sum', clipping: 'measured' })
  })

  it('makes the step that the local engine makes', async () => {
    await using local = served.base.withAdapter({ name: 'own', adapter: { rank: 4 } })
    const policy = await create()
    const items = [2, 5].map((from) => ({
      prompt: Int32Array.of(1, from),
      response: Int32Array.of(7, 8, 9),
      temperature: 1,
    }))
    const steps = await Promise.all(
      [local, policy].map(async (one) => {
        const scores = await one.accumulate(items, (indices) =>
          indices.map((i) => ({ logprobs: Float32Array.of(-1, 0.5, i) })),
        )
        const { gradientNorm } = await one.step({ learningRate: 0.01 })
        return { scores, gradientNorm, after: await one.score(items) }
      }),
    )
    expect(steps[1].scores).toEqual(steps[0].scores)
    expect(steps[1].gradientNorm).toBeCloseTo(steps[0].gradientNorm!, 4)
    steps[1].after.forEach(({ logprobs }, i) =>
      logprobs.forEach((x, t) => expect(x).toBeCloseTo(steps[0].after[i].logprobs[t], 4)),
    )
  })

  const directory = (): Promise<string> => mkdtemp(join(tmpdir(), 'icrl-tinker-'))
  it('has the local engine’s gradient on the same weights, parameter by parameter', async () => {
    const base = join(await directory(), 'base')
    await tinyBase().saveMerged(base)
    const policy = await create({ optimizer: PLAIN })
    const found = await compareGradients(policy, base, config.vocabularySize)
    expect(found.parameters).toBeGreaterThan(1000)
    expect(found.logprobs).toBeLessThan(1e-5)
    expect(found.norm).toBeLessThan(1e-5)
    expect(found.gradient).toBeLessThan(1e-5)
  })

  const checks = testPolicy(() => create(), { vocabularySize: 40, tolerance: 1e-5, directory })
  for (const { name, run } of checks) it(name, run)
})
