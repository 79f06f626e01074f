/**
 * A real endpoint: llama.cpp's server with SmolLM2, where it is installed (`tools/openai-server.sh` in
 * the folder that `ICRL_SHARED` names installs it); skipped if it is not.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

const script = join(
  process.env.ICRL_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url)),
  'tools/openai-server.sh',
)
const installed = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'icrl-engines/openai/.installed',
)
const isLive = existsSync(script) && (existsSync(installed) || process.env.ICRL_LIVE === '1')

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe.skipIf(!isLive)('icrl eval --env with a real endpoint', () => {
  let server: ChildProcess
  let policy: string
  beforeAll(async () => {
    server = spawn(
      'bash',
      [
        script,
        '--port',
        String(await freePort()),
        '--threads',
        '1',
        '--context',
        '1024',
        '--parallel',
        '2',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    for await (const line of createInterface({ input: server.stdout! })) {
      const ready = /^READY (\S+)/.exec(line)
      if (ready) return void (policy = `openai:${ready[1]}`)
    }
    throw new Error('the server ended before it was ready')
  })
  afterAll(() => server.kill())

  it('plays, critiques itself and gives figures', async () => {
    const { code, out, err } = await icrl(
      'eval',
      '--env',
      'countdown',
      '--policy',
      policy,
      '--tasks',
      '1',
      '--rounds',
      '2',
      '--max-tokens',
      '12',
      '--critique-tokens',
      '12',
      '--json',
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toMatchObject({
      environment: 'countdown',
      policy: expect.stringContaining('#SmolLM2'),
      sessions: 1,
      'eval/critique_free': expect.any(Number),
      'eval/with_critique': expect.any(Number),
    })
  })

  it('says which model it has', async () => {
    expect(await icrl('eval', '--env', 'maze', '--policy', `${policy}#gpt`)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no model "gpt"[\s\S]*SmolLM2/),
    })
  })
})
