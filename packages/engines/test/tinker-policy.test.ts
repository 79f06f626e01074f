import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testPolicy } from '@icrl/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinkerPolicy, type TinkerPolicy } from '../src/index.ts'
import { type SkyrlServer, skyrlServer } from './skyrl-server.ts'

const limits = { model: 'tiny', vocabularySize: 12, contextLength: 64, rank: 8 }

describe.each([
  { name: 'like SkyRL 0.3', wire: 'json', reduction: 'datum-mean' },
  { name: 'like SkyRL 0.4 with a backend that sums', wire: 'protobuf', reduction: 'sum' },
] as const)('$name', ({ wire, reduction }) => {
  let server: SkyrlServer
  let first: TinkerPolicy
  const made: TinkerPolicy[] = []
  const create = async (): Promise<TinkerPolicy> => {
    const policy = await tinkerPolicy({ ...limits, url: server.url, capabilities: first.server })
    made.push(policy)
    return policy
  }
  beforeAll(async () => {
    server = await skyrlServer({ wire, reduction })
    first = await tinkerPolicy({ ...limits, url: server.url })
  })
  afterAll(async () => {
    await first[Symbol.asyncDispose]()
    for (const policy of made) await policy[Symbol.asyncDispose]()
    expect(server.models.size, 'models left on the server').toBe(0)
    await server.close()
  })

  it('is found out to be that', () => {
    expect(first.server).toMatchObject({ wire, reduction, clipping: 'measured' })
  })

  const directory = (): Promise<string> => mkdtemp(join(tmpdir(), 'icrl-tinker-'))
  const options = { vocabularySize: 12, tolerance: 1e-5, directory }
  for (const { name, run } of testPolicy(create, options)) it(name, run)
})
