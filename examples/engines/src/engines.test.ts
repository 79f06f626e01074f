import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { createTinkerServer } from '@icrl/engines/tinker-server'
import { loadTokenizer } from '@icrl/renderer'
import { listen } from '@icrl/serve'
import { expect, it, vi } from 'vitest'
import { local, remote } from './engines.ts'

const MODEL = fileURLToPath(new URL('../../quickstart/model', import.meta.url))

it('both lines make an engine of the same model: fresh adapters score alike', async () => {
  await selectBackend('auto')
  const base = await loadLocalPolicy(MODEL, { adapter: { rank: 1 } })
  const tinker = createTinkerServer({
    ...base.config,
    base,
    model: 'model',
    tokenizer: await loadTokenizer(MODEL),
    directory: await mkdtemp(join(tmpdir(), 'icrl-example-')),
  })
  const server = await listen((request) => tinker.fetch(request), { isGuarded: true })
  vi.stubEnv('TINKER_API_KEY', tinker.token)
  const [here, there] = [
    await local(MODEL)({ seed: 0 }),
    await remote(MODEL, server.urls[0])({ seed: 0 }),
  ]
  const item = {
    prompt: Int32Array.of(5, 6, 7),
    response: Int32Array.of(8, 9, 3),
    temperature: 1,
  }
  const [mine, theirs] = [await here.policy.score([item]), await there.policy.score([item])]
  theirs[0].logprobs.forEach((value, t) => expect(value).toBeCloseTo(mine[0].logprobs[t], 5))
  expect(there.contextLength).toBe(here.contextLength)
  for (const { policy } of [there, here])
    await (policy as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.()
  await server.close()
  vi.unstubAllEnvs()
})
