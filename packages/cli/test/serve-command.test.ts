import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { openAiGenerator } from '@icrl/rollout/openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { icrl } from './command-line.ts'
import { BACKEND, writeTinyModel } from './tiny-model.ts'

let root: string
let model: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-serve-'))
  model = await writeTinyModel(join(root, 'model'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

function start(...args: string[]): ChildProcess {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  return spawn(process.execPath, ['--conditions=@icrl/source', '--import', 'tsx', main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

describe('icrl serve', () => {
  it('answers those who have the token, and ends on Ctrl-C', async () => {
    const child = start(
      'serve',
      '--policy',
      model,
      '--port',
      '0',
      '--backend',
      BACKEND,
      '--max-tokens',
      '8',
    )
    let out = ''
    await new Promise<void>((done) =>
      child.stdout!.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (out.includes('ANTHROPIC_API_KEY')) done()
      }),
    )
    const valueOf = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(out)![1]
    const baseUrl = valueOf('OPENAI_BASE_URL')
    expect((await fetch(`${baseUrl}/models`)).status).toBe(401)
    const ours = openAiGenerator({ baseUrl, model: 'icrl', apiKey: valueOf('OPENAI_API_KEY') })
    const { tokens, finish } = await ours.complete([{ role: 'user', content: 'Hi' }], { seed: 1 })
    expect([tokens! <= 8, finish === 'stop' || finish === 'length']).toEqual([true, true])
    child.kill('SIGINT')
    expect(await new Promise((done) => child.on('exit', done))).toBe(0)
  })

  it('serves the Tinker protocol to those who have the token', async () => {
    const checkpoints = join(root, 'checkpoints')
    const flags = ['--tinker', '--port', '0', '--backend', BACKEND, '--checkpoints', checkpoints]
    const child = start('serve', '--policy', model, ...flags)
    let out = ''
    await new Promise<void>((done) =>
      child.stdout!.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (out.includes('base_model=')) done()
      }),
    )
    const valueOf = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(out)![1]
    const [url, key] = [valueOf('TINKER_BASE_URL'), valueOf('TINKER_API_KEY')]
    expect([key, valueOf('base_model')]).toEqual([
      expect.stringMatching(/^tml-[0-9a-f]{32}$/),
      'model',
    ])
    const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const response = await fetch(`${url}/api/v1${path}`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return (await response.json()) as Record<string, unknown>
    }
    expect((await fetch(`${url}/api/v1/healthz`)).status).toBe(401)
    const { session_id } = await post('/create_session', { tags: [], sdk_version: '0' })
    for (const rank of [0, 2]) {
      const lora_config = { rank }
      const created = await post('/create_model', { session_id, base_model: 'model', lora_config })
      const { model_id } = await post('/retrieve_future', created)
      const saved = await post('/save_weights_for_sampler', { model_id, path: 'v1' })
      expect(await post('/retrieve_future', saved)).toMatchObject({
        path: `tinker://${String(model_id)}/sampler_weights/v1`,
      })
    }
    child.kill('SIGINT')
    expect(await new Promise((done) => child.on('exit', done))).toBe(0)
  })

  it('refuses a host that others reach without a token, and a variable that is not set', async () => {
    const open = await icrl('serve', '--policy', model, '--host', '0.0.0.0')
    expect([open.code, open.err]).toEqual([2, expect.stringContaining('no token is given')])
    const unset = await icrl('serve', '--policy', model, '--token-env', 'ICRL_NO_SUCH_VARIABLE')
    expect(unset.err).toContain('ICRL_NO_SUCH_VARIABLE is not set')
    const games = await icrl('serve-env', 'textcraft', '--host', '0.0.0.0', '--port', '0')
    expect(games.err).toContain('no token is given')
  })
})
