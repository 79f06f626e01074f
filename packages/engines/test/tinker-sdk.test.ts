import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
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
const drive = fileURLToPath(new URL('./drive-tinker.py', import.meta.url))

beforeAll(async () => void (await selectBackend('auto')))

describe.each(['0.24.1', '0.25', 'newest'])('tinker %s', (version) => {
  const isHere = existsSync(pythonOf(version))
  const hint = isHere ? '' : ' (skipped: run packages/engines/scripts/install-tinker-sdks.mjs)'
  it.skipIf(!isWanted || !isHere)(
    `trains, samples, saves and loads, and learns from rewards${hint}`,
    { timeout: 300_000 },
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'icrl-tinker-sdk-'))
      const errors: unknown[] = []
      await using served = await serve({ directory, onError: (error) => errors.push(error) })
      const { urls, close } = await listen((request) => served.server.fetch(request), {
        isGuarded: true,
        maxBody: 2 ** 26,
      })
      const { stdout } = await promisify(execFile)(pythonOf(version), [drive, MODEL], {
        env: {
          ...process.env,
          TINKER_BASE_URL: urls[0],
          TINKER_API_KEY: served.server.token,
          TINKER_TELEMETRY: '0',
        },
      })
      await close()
      await rm(directory, { recursive: true, force: true })
      const lines = stdout.trim().split('\n')
      const said: Fields = Object.fromEntries(
        lines.map((line) => {
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
      const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length
      expect(mean(said.rewards.slice(-4))).toBeGreaterThan(mean(said.rewards.slice(0, 4)) + 0.2)
      if (Array.isArray(said.custom)) {
        expect(said.custom[0]).toBeGreaterThan(0)
        expect(said.custom[1]).toBe(1)
      } else expect(said.custom).toContain('torch')
      expect(errors).toEqual([])
    },
  )
})
