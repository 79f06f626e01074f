import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { selectBackend } from '@icrl/backbone'
import { listen } from '@icrl/serve'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Fields, MODEL, serve } from './served.ts'

// The official SDK, in three versions, trains on our server. They are installed by
// scripts/install-tinker-sdks.mjs.

const clients = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-clients')
const isWanted = process.env.ICRL_FULL !== undefined
const pythonOf = (version: string): string => join(clients, `tinker-${version}`, 'bin', 'python')
const script = (name: string): string =>
  fileURLToPath(new URL(`./drive-${name}.py`, import.meta.url))
const library = join(clients, 'tinker-newest', 'lib')
const hasCookbook =
  existsSync(library) &&
  readdirSync(library).some((python) =>
    existsSync(join(library, python, 'site-packages', 'tinker_cookbook')),
  )

beforeAll(async () => void (await selectBackend('auto')))

/** Runs a script of a client's against a server of its own; answers with what it printed. */
async function drive(version: string, name: string, ...args: string[]): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'icrl-tinker-sdk-'))
  const errors: unknown[] = []
  try {
    await using served = await serve({ directory, onError: (error) => errors.push(error) })
    const { urls, close } = await listen((request) => served.server.fetch(request), {
      isGuarded: true,
      maxBody: 2 ** 26,
    })
    try {
      const env = {
        ...process.env,
        TINKER_BASE_URL: urls[0],
        TINKER_API_KEY: served.server.token,
        TINKER_TELEMETRY: '0',
      }
      const run = [script(name), MODEL, ...args.map((arg) => join(directory, arg))]
      const { stdout } = await promisify(execFile)(pythonOf(version), run, {
        env,
        maxBuffer: 2 ** 26,
      })
      expect(errors).toEqual([])
      return stdout.trim().split('\n')
    } finally {
      await close()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function expectRise(rewards: readonly number[]): void {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length
  expect(mean(rewards.slice(-4))).toBeGreaterThan(mean(rewards.slice(0, 4)) + 0.2)
}

describe.each(['0.24.1', '0.25', 'newest'])('tinker %s', (version) => {
  const isHere = existsSync(pythonOf(version))
  const hint = isHere ? '' : ' (skipped: run packages/engines/scripts/install-tinker-sdks.mjs)'
  it.skipIf(!isWanted || !isHere)(
    `trains, samples, saves and loads, and learns from rewards${hint}`,
    { timeout: 300_000 },
    async () => {
      const said: Fields = Object.fromEntries(
        (await drive(version, 'tinker')).map((line) => {
          const { name, value } = JSON.parse(line)
          return [name, value]
        }),
      )
      expect(said).toMatchObject({
        models: [MODEL],
        equal: [true, true],
        repeated: true,
        stopped: ['stop', true],
        prompt: [null, true],
        restored: [true, true],
        named: true,
        refused: expect.stringContaining('10000'),
      })
      expect(said.losses[3]).toBeLessThan(said.losses[0])
      if (said.archive)
        expect(said.archive).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
      expectRise(said.rewards)
      if (Array.isArray(said.custom)) {
        expect(said.custom[0]).toBeGreaterThan(0)
        expect(said.custom[1]).toBe(1)
      } else expect(said.custom).toContain('torch')
    },
  )
})

describe('tinker-cookbook', () => {
  const hint = hasCookbook ? '' : ' (skipped: install-tinker-sdks.mjs --cookbook)'
  it.skipIf(!isWanted || !hasCookbook)(
    `runs its own RL loop, unchanged, and rewards rise${hint}`,
    { timeout: 300_000 },
    async () => {
      const lines = await drive('newest', 'cookbook', 'run')
      expectRise(JSON.parse(lines.at(-1)!).rewards)
    },
  )
})
