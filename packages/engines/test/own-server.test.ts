import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selectBackend } from '@icrl/backbone'
import { testPolicy } from '@icrl/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinkerPolicy, type TinkerPolicy, type TinkerPolicyOptions } from '../src/index.ts'
import { config, MODEL, serve, type Served, tinyBase } from './served.ts'
import { compareGradients, PLAIN } from './compare-gradients.ts'

const { vocabularySize, contextLength } = config
const directory = (): Promise<string> => mkdtemp(join(tmpdir(), 'icrl-own-'))

describe('our own server', () => {
  let served: Served
  let first: TinkerPolicy
  const made: TinkerPolicy[] = []
  const connect = async (more: Partial<TinkerPolicyOptions> = {}): Promise<TinkerPolicy> => {
    const policy = await tinkerPolicy({
      url: 'http://localhost',
      apiKey: served.server.token,
      fetch: (input, init) => served.server.fetch(new Request(String(input), init)),
      model: MODEL,
      vocabularySize,
      contextLength,
      rank: 4,
      ...more,
    })
    made.push(policy)
    return policy
  }
  beforeAll(async () => {
    await selectBackend('auto')
    served = await serve({ maxModels: 64 })
    first = await connect()
  })
  afterAll(async () => {
    for (const policy of made) await policy[Symbol.asyncDispose]()
    await served[Symbol.asyncDispose]()
  })

  it('is found out to sum', () => {
    expect(first.server).toMatchObject({ wire: 'json', reduction: 'sum', clipping: 'measured' })
  })

  // Half a minute of many small models; what is the client's own is in tinker-policy.test.ts.
  const options = { vocabularySize, tolerance: 2e-5, directory }
  for (const { name, run } of testPolicy(() => connect({ capabilities: first.server }), options))
    it.runIf(process.env.ICRL_FULL)(name, run)

  it('its gradient is the local engine’s', async () => {
    const base = join(await directory(), 'base')
    await tinyBase().saveMerged(base)
    const policy = await connect({ capabilities: first.server, optimizer: PLAIN })
    const found = await compareGradients(policy, base, vocabularySize)
    expect(found.parameters).toBeGreaterThan(1000)
    expect(found.logprobs).toBeLessThan(1e-5)
    expect(found.norm).toBeLessThan(1e-5)
    expect(found.gradient).toBeLessThan(1e-5)
  })
})
