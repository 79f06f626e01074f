import { initializeModel, LocalPolicy, parseModelConfig, selectBackend } from '@icrl/backbone'
import { chatRenderer } from '@icrl/renderer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byteTokenizer } from '../test/byte-tokenizer.ts'
import { clientOf } from '../test/client.ts'
import { createGateway } from './index.ts'

const renderer = chatRenderer({ tokenizer: byteTokenizer() })
const config = parseModelConfig({
  model_type: 'qwen3',
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  intermediate_size: 32,
  vocab_size: renderer.vocabularySize,
  max_position_embeddings: 512,
  tie_word_embeddings: true,
  initializer_range: 0.5,
})
const CHAT = '/v1/chat/completions'
const tools = [{ type: 'function', function: { name: 'set', parameters: { type: 'object' } } }]
const chat = { messages: [{ role: 'user', content: 'Hi' }], tools, max_tokens: 24 }

describe('over a real model', () => {
  let policy: LocalPolicy
  beforeAll(async () => {
    await selectBackend('auto')
    policy = new LocalPolicy(config, initializeModel(config, 0))
  })
  afterAll(() => policy[Symbol.asyncDispose]())

  it('the log-probabilities that were served are, bit for bit, those of a fresh scoring', async () => {
    const gateway = createGateway({ policy, renderer, contextLength: 512 })
    const session = gateway.open({ sampling: { maxTokens: 24, temperature: 0.8 } })
    const client = clientOf(gateway, session)
    const first = await client.json(CHAT, { ...chat, logprobs: true, return_token_ids: true })
    const [{ message, token_ids, logprobs }] = first.choices
    await client.events(CHAT, {
      ...chat,
      messages: [...chat.messages, message, { role: 'user', content: 'On.' }],
    })
    expect(session.ledger.map(({ kind }) => kind)).toEqual(['trained', 'trained'])
    const [{ conversation }] = session.segments
    const { response, mask, logprobs: kept } = conversation.response()
    const [fresh] = await policy.score([
      { prompt: conversation.opening, response, mask, temperature: 0.8 },
    ])
    expect(fresh.logprobs).toEqual(kept)
    expect(Array.from(response.slice(0, token_ids.length))).toEqual(token_ids)
    expect(logprobs.content.map((each: { logprob: number }) => Math.fround(each.logprob))).toEqual(
      Array.from(kept.slice(0, token_ids.length)),
    )
  })

  it('a seed, a stop string and a stream change no token', async () => {
    const gateway = createGateway({ policy, renderer, contextLength: 512 })
    const client = clientOf(gateway)
    const body = { ...chat, max_tokens: 40, seed: 5, return_token_ids: true }
    const [whole] = (await client.json(CHAT, body)).choices
    const stop = whole.message.content.slice(3, 5)
    const [cut] = (await client.json(CHAT, { ...body, stop })).choices
    expect(whole.message.content.startsWith(cut.message.content + stop)).toBe(true)
    expect(whole.token_ids.slice(0, cut.token_ids.length)).toEqual(cut.token_ids)
    const chunks = await client.events(CHAT, { ...body, stop })
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')).toBe(
      cut.message.content,
    )
  })

  it('256 sessions at once are answered, though one reader is slow', async () => {
    const gateway = createGateway({ policy, renderer, contextLength: 512 })
    const slow = await clientOf(gateway).post(CHAT, { ...chat, stream: true, seed: 1 })
    const sessions = Array.from({ length: 256 }, () => gateway.open({ task: 'crowd' }))
    const answers = await Promise.all(
      sessions.map((session) => clientOf(gateway, session).json(CHAT, { ...chat, max_tokens: 4 })),
    )
    expect(answers.every(({ usage }) => usage.completion_tokens <= 4)).toBe(true)
    const text = await slow.text()
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })
})
