import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { selectBackend } from '@icrl/backbone'
import { testPolicy } from '@icrl/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinkerPolicy, type TinkerPolicy, type TinkerPolicyOptions } from '../src/index.ts'
import { compareGradients, PLAIN } from './compare-gradients.ts'

/**
 * Against real SkyRL servers on the CPU, each with a tiny Qwen3: what scripts/install-skyrl.mjs
 * installed. 0.3.0 may also be `ICRL_TINKER_URL`, or be started by the script beside the checkout, with
 * the model of that script.
 */
interface LiveServer {
  readonly name: string
  readonly wire: 'json' | 'protobuf'
  /** Why it cannot be started here. */
  readonly missing?: string
  /** The Hugging Face folder that it serves, under its name. */
  readonly folder: string
  readonly vocabularySize: number
  readonly contextLength: number
  /** What sums in another order may differ by: more where a model was trained, whose logits are large. */
  readonly noise: number
  /** Its address, and how to end it. */
  start(): Promise<[string, () => Promise<void>]>
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const home = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const cache = join(home, 'icrl-engines')
const script = here('../../../../shared/tools/tinker-server.sh')
const pythonOf = (version: string): string => join(home, `icrl-clients/skyrl-${version}/bin/python`)
const given = process.env.ICRL_TINKER_URL
const port = (offset: number): number => 20_000 + ((process.pid + offset) % 20_000)

/** The quickstart's model on what was installed. */
const installed = (version: string, wire: LiveServer['wire']): LiveServer => ({
  name: `SkyRL ${version}`,
  wire,
  missing: existsSync(pythonOf(version))
    ? undefined
    : 'run packages/engines/scripts/install-skyrl.mjs, which needs Python 3.12',
  folder: here('../../../examples/quickstart/model'),
  vocabularySize: 64,
  contextLength: 64,
  noise: 5e-5,
  start: () => startInstalled(version),
})
const tiny: LiveServer = {
  name: 'SkyRL 0.3.0',
  wire: 'json',
  folder: join(cache, 'models/tiny-qwen3'),
  vocabularySize: 512,
  contextLength: 2048,
  noise: 1e-5,
  start: async () => (given ? [given, () => Promise.resolve()] : startScript()),
}
const isScript = existsSync(script) && !existsSync(pythonOf('0.3.0'))
const SERVERS: readonly LiveServer[] = [
  given !== undefined || isScript ? tiny : installed('0.3.0', 'json'),
  installed('0.4.0', 'protobuf'),
]

describe.each(SERVERS)('a live $name', (server) => {
  const missing = process.env.ICRL_FULL === undefined ? 'ICRL_FULL is not set' : server.missing
  const { vocabularySize, contextLength } = server
  const limits = { model: basename(server.folder), vocabularySize, contextLength, rank: 8 }

  describe.skipIf(missing !== undefined)(
    missing ? `skipped: ${missing}` : 'serves a policy',
    () => {
      let url = ''
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
        ;[url, stop] = await server.start()
        first = await connect()
      }, 900_000)
      afterAll(async () => {
        for (const policy of made) await policy[Symbol.asyncDispose]()
        await stop()
      }, 120_000)

      it('is found out', () => {
        expect(first.server).toMatchObject({
          wire: server.wire,
          reduction: 'datum-mean',
          clipping: 'measured',
        })
      })

      for (const { name, run } of testPolicy(() => connect(), {
        vocabularySize,
        tolerance: 2 * server.noise,
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
        const found = await compareGradients(policy, server.folder, vocabularySize)
        console.log(`gradient of ${server.name}:`, found)
        expect(found.parameters).toBeGreaterThan(10_000)
        expect(found.logprobs).toBeLessThan(server.noise)
        expect(found.norm).toBeLessThan(server.noise)
        expect(found.gradient).toBeLessThan(server.noise)
      }, 600_000)
    },
  )
})

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once('exit', () => resolve()))

/** The script prints its address once the server has answered a sample. */
async function startScript(): Promise<[string, () => Promise<void>]> {
  const child = spawn('bash', [script, '--port', String(port(0))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const end = ended(child)
  const url = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stdout.on('data', (data) => {
      printed += data
      const [, ready] = /READY (\S+)/.exec(printed) ?? []
      if (ready) resolve(ready)
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  return [url, () => (child.kill('SIGTERM'), end)]
}

async function startInstalled(version: string): Promise<[string, () => Promise<void>]> {
  const { folder } = SERVERS[1]
  const state = await mkdtemp(join(tmpdir(), 'icrl-skyrl-'))
  const launch = here('launch-skyrl.py')
  const child = spawn(
    pythonOf(version),
    [launch, 'api', String(port(1)), basename(folder), state],
    {
      // The model's name is its path from here.
      cwd: dirname(folder),
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        JAX_PLATFORMS: 'cpu',
        JAX_COMPILATION_CACHE_DIR: join(cache, 'jit-cache'),
        JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0.3',
        HF_HUB_OFFLINE: '1',
      },
    },
  )
  let said = ''
  child.stderr.on('data', (data) => (said += data))
  const end = ended(child)
  const url = `http://127.0.0.1:${port(1)}`
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries === 900) throw new Error(`it does not start: ${said}`)
    const isUp = await fetch(`${url}/api/v1/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isUp) break
    await wait(500)
  }
  return [
    url,
    async () => {
      child.kill('SIGTERM')
      await end
      await rm(state, { recursive: true })
    },
  ]
}
