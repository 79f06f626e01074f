import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { describe, expect, it } from 'vitest'
import { createGateway } from '../src/index.ts'
import { clientOf } from './client.ts'

// A crowd of agents on a real model. Minutes, so with ICRL_FULL alone.

const model = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'icrl-models',
  'smollm2',
)
const isFull = process.env.ICRL_FULL !== undefined
const isHere = existsSync(join(model, 'model.safetensors'))
const why = isFull ? `there is no model in ${model}` : 'ICRL_FULL is not set'
const isSkipped = !isFull || !isHere
const CHAT = '/v1/chat/completions'

describe.skipIf(isSkipped)(`a crowd on SmolLM2${isSkipped ? ` (skipped: ${why})` : ''}`, () => {
  it('256 sessions at once are answered, one reader never reads, and what was served is scored alike', async () => {
    await selectBackend('native-cpu')
    await using policy = await loadLocalPolicy(model)
    const renderer = chatRenderer({ tokenizer: await loadTokenizer(model) })
    const gateway = createGateway({ policy, renderer, contextLength: 2048 })
    const sampling = { maxTokens: 8, temperature: 1 }
    const ask = (i: number): object => ({ messages: [{ role: 'user', content: `Name ${i}.` }] })
    const slow = await clientOf(gateway, gateway.open({ sampling })).post(CHAT, {
      ...ask(0),
      stream: true,
    })
    const sessions = Array.from({ length: 256 }, (_, i) =>
      gateway.open({ task: String(i), sampling }),
    )
    await Promise.all(sessions.map((session, i) => clientOf(gateway, session).json(CHAT, ask(i))))
    expect(sessions.flatMap(({ ledger }) => ledger.map(({ kind }) => kind))).toEqual(
      Array(256).fill('trained'),
    )
    for (const { segments } of [sessions[0], sessions[255]]) {
      const [{ conversation }] = segments
      const { response, mask, logprobs } = conversation.response()
      const [fresh] = await policy.score([
        { prompt: conversation.opening, response, mask, temperature: 1 },
      ])
      expect(fresh.logprobs).toEqual(logprobs)
    }
    await slow.body!.cancel()
  }, 1_200_000)
})
