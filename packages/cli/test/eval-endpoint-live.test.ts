/**
 * A real endpoint: llama.cpp's server with SmolLM2, where it is installed (`tools/openai-server.sh` in
 * the folder that `ICRL_SHARED` names installs it); skipped if it is not.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { hasLlamaServer, type LlamaServer, startLlamaServer } from './llama-server.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

describe.skipIf(!hasLlamaServer)('icrl eval --env with a real endpoint', () => {
  let server: LlamaServer
  let policy: string
  beforeAll(async () => {
    server = await startLlamaServer('--context', '1024', '--parallel', '2')
    policy = `openai:${server.address}`
  })
  afterAll(() => server[Symbol.asyncDispose]())

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
