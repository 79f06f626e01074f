import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { selectBackend } from '@icrl/backbone'
import { testPolicy } from '@icrl/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinkerPolicy, type TinkerPolicy, type TinkerPolicyOptions } from '../src/index.ts'
import { compareGradients, PLAIN } from './compare-gradients.ts'

/**
 * Against a real SkyRL, on the CPU. It is `ICRL_TINKER_URL`, serving the tiny model of the script,
 * or is started by the script that lies beside the checkout.
 */
const script = fileURLToPath(new URL('../../../../shared/tools/tinker-server.sh', import.meta.url))
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-engines')
const given = process.env.ICRL_TINKER_URL
const missing =
  process.env.ICRL_FULL === undefined
    ? 'ICRL_FULL is not set'
    : given === undefined && !existsSync(script)
      ? `neither ICRL_TINKER_URL nor ${script} is there`
      : undefined
const limits = { model: 'tiny-qwen3', vocabularySize: 512, contextLength: 2048, rank: 8 }

describe.skipIf(missing !== undefined)(
  `a live SkyRL${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let url = given ?? ''
    let stop = (): Promise<void> => Promise.resolve()
    let first: TinkerPolicy
    const made: TinkerPolicy[] = []
    const connect = async (more: Partial<TinkerPolicyOptions> = {}): Promise<TinkerPolicy> => {
      const capabilities = (first as TinkerPolicy | undefined)?.server
      const policy = await tinkerPolicy({ ...limits, url, capabilities, ...more })
      made.push(policy)
      return policy
    }
    const directory = (): Promise<string> => mkdtemp(join(tmpdir(), 'icrl-live-'))

    beforeAll(async () => {
      await selectBackend('auto')
      if (!given) [url, stop] = await startServer()
      first = await connect()
    }, 900_000)
    afterAll(async () => {
      for (const policy of made) await policy[Symbol.asyncDispose]()
      await stop()
    }, 120_000)

    it('is found out', () => {
      expect(first.server).toMatchObject({ reduction: 'datum-mean', clipping: 'measured' })
    })

    for (const { name, run } of testPolicy(() => connect(), {
      vocabularySize: 512,
      tolerance: 2e-5,
      directory,
    }))
      it(
        name,
        async () => {
          await run()
          // A server has room for fifteen models.
          for (const policy of made.splice(1)) await policy[Symbol.asyncDispose]()
        },
        600_000,
      )

    it('the gradient of a step is the local engine’s on the same weights', async () => {
      const policy = await connect({ optimizer: PLAIN })
      const found = await compareGradients(policy, join(cache, 'models/tiny-qwen3'), 512)
      console.log('live gradient:', found)
      expect(found.parameters).toBeGreaterThan(10_000)
      expect(found.logprobs).toBeLessThan(1e-5)
      expect(found.norm).toBeLessThan(1e-5)
      expect(found.gradient).toBeLessThan(1e-5)
    }, 600_000)
  },
)

/** The address it prints, and how to end it. */
async function startServer(): Promise<[string, () => Promise<void>]> {
  const port = 20_000 + (process.pid % 20_000)
  const child = spawn('bash', [script, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stdout.on('data', (data) => {
      printed += data
      const [, ready] = /READY (\S+)/.exec(printed) ?? []
      if (ready) resolve(ready)
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  return [
    url,
    async () => {
      child.kill('SIGTERM')
      await ended
    },
  ]
}
