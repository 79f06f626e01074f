import { chatRenderer } from '@icrl/renderer'
import type { Message, Renderer } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { byteTokenizer } from '../test/byte-tokenizer.ts'
import { clientOf } from '../test/client.ts'
import { scriptedPolicy, type Script, type ScriptedPolicy } from '../test/scripted-policy.ts'
import { createGateway, type Gateway, type GatewayOptions } from './index.ts'

const renderer = chatRenderer({ tokenizer: byteTokenizer() })
const parameters = { type: 'object', properties: { name: { type: 'string' } } }
const LOOKUP = '<tool_call>\n{"name": "lookup", "arguments": {"name": "Ann"}}\n</tool_call>'
const agent: Script = (prompt) =>
  prompt.includes('<tool_response>') ? 'She is 31.' : `I look.\n${LOOKUP}`

function served(
  script: Script | string = 'Hello, you.',
  options: Partial<GatewayOptions> = {},
): { readonly gateway: Gateway; readonly policy: ScriptedPolicy } {
  const policy = scriptedPolicy(renderer, typeof script === 'string' ? () => script : script)
  return { gateway: createGateway({ policy, renderer, contextLength: 4096, ...options }), policy }
}

const chat = { model: 'icrl', messages: [{ role: 'user', content: 'Hi' }] }
const claude = { model: 'icrl', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] }
const input = { model: 'icrl', input: 'Hi' }
const CHAT = '/v1/chat/completions'
const MESSAGES = '/v1/messages'
const RESPONSES = '/v1/responses'

describe('an answer in words', () => {
  it('is a chat completion', async () => {
    const { gateway } = served('Hello, “you”.')
    const answer = await clientOf(gateway).json(CHAT, {
      ...chat,
      logprobs: true,
      return_token_ids: true,
    })
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'icrl',
      choices: [
        { message: { role: 'assistant', content: 'Hello, “you”.' }, finish_reason: 'stop' },
      ],
      usage: { completion_tokens: 18, prompt_tokens: 21 },
    })
    const [{ logprobs, token_ids }] = answer.choices
    expect(logprobs.content.map(({ logprob }: { logprob: number }) => logprob)).toEqual(
      Array.from({ length: 18 }, (_, t) => -(t + 1) / 64),
    )
    expect(renderer.text(Int32Array.from(token_ids))).toBe('Hello, “you”.')
  })

  it('is a response, and a message', async () => {
    const { gateway } = served()
    const answer = await clientOf(gateway).json(RESPONSES, input)
    expect(answer.status).toBe('completed')
    expect(answer.output[0].content[0]).toMatchObject({ type: 'output_text', text: 'Hello, you.' })
    const message = await clientOf(gateway).json(MESSAGES, claude)
    expect(message).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'Hello, you.' }],
      stop_reason: 'end_turn',
    })
  })

  it('streams token by token, in every dialect, to the same words', async () => {
    const { gateway } = served('Hello, “you” 🗝️.')
    const client = clientOf(gateway)
    const chunks = await client.events(CHAT, { ...chat, stream_options: { include_usage: true } })
    const words = chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '')
    expect(words.join('')).toBe('Hello, “you” 🗝️.')
    expect(words.filter((word) => word !== '').length).toBeGreaterThan(12)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 26 } })
    const blocks = await client.events(MESSAGES, claude)
    expect(blocks.map(({ delta }) => delta?.text ?? '').join('')).toBe('Hello, “you” 🗝️.')
    expect(blocks.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'message_start',
        'content_block_start',
        'content_block_stop',
        'message_stop',
      ]),
    )
    const parts = await client.events(RESPONSES, input)
    const deltas = parts.filter(({ type }) => type === 'response.output_text.delta')
    expect(deltas.map(({ delta }) => delta).join('')).toBe('Hello, “you” 🗝️.')
    expect(parts.map(({ sequence_number }) => sequence_number)).toEqual([...parts.keys()])
    expect(parts.at(-1).response.output[0].content[0].text).toBe('Hello, “you” 🗝️.')
  })

  it.each([
    ['you', 'Hello, ', 10],
    [', y', 'Hello', 8],
    ['“', 'Hello, you.', 12],
  ])('ends with the token that completes the stop string %j', async (stop, text, tokens) => {
    const { gateway } = served()
    const client = clientOf(gateway)
    const answer = await client.json(CHAT, { ...chat, stop })
    expect(answer.choices[0].message.content).toBe(text)
    expect(answer.usage.completion_tokens).toBe(tokens)
    const chunks = await client.events(CHAT, { ...chat, stop: [stop, 'zzz'] })
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')).toBe(text)
    const message = await client.json(MESSAGES, { ...claude, stop_sequences: [stop] })
    expect(message.stop_sequence).toBe(stop === '“' ? null : stop)
  })

  it('is cut at its limit, and says so', async () => {
    const { gateway, policy } = served()
    const client = clientOf(gateway)
    expect((await client.json(CHAT, { ...chat, max_tokens: 5 })).choices[0]).toMatchObject({
      message: { content: 'Hello' },
      finish_reason: 'length',
    })
    expect((await client.json(MESSAGES, { ...claude, max_tokens: 5 })).stop_reason).toBe(
      'max_tokens',
    )
    const cut = await client.json(RESPONSES, { ...input, max_output_tokens: 5 })
    expect([cut.status, cut.incomplete_details]).toEqual([
      'incomplete',
      { reason: 'max_output_tokens' },
    ])
    await client.json(CHAT, { ...chat, temperature: 0.5, top_p: 0.9, top_k: 4, seed: 7 })
    await client.json(CHAT, { ...chat, temperature: 0.5, top_p: 0.9, top_k: 4, seed: 7 })
    const [a, b] = policy.asked.slice(-2)
    expect(a).toMatchObject({ temperature: 0.5, topP: 0.9, topK: 4 })
    expect(a.draws.uniform(0)).toBe(b.draws.uniform(0))
  })
})

describe('an agent with a tool', () => {
  const tool = { name: 'lookup', description: 'Finds.', parameters }

  it('is one segment whose ids grow, by chat completions', async () => {
    const { gateway, policy } = served(agent)
    const session = gateway.open({ task: 'q' })
    const client = clientOf(gateway, session)
    const body = { ...chat, tools: [{ type: 'function', function: tool }] }
    const first = await client.json(CHAT, body)
    expect(first.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'I look.',
        tool_calls: [{ id: 'call_0_0', function: { name: 'lookup', arguments: '{"name":"Ann"}' } }],
      },
    })
    const { message } = first.choices[0]
    // As Python clients write it again, with other spaces and without what they do not know.
    message.tool_calls[0].function.arguments = '{"name": "Ann"}'
    const next = [
      ...body.messages,
      message,
      { role: 'tool', tool_call_id: 'call_0_0', content: '31' },
    ]
    const second = await client.json(CHAT, { ...body, messages: next })
    expect(second.choices[0].message.content).toBe('She is 31.')
    expect(session.ledger.map(({ kind, segment }) => [kind, segment])).toEqual([
      ['trained', 0],
      ['trained', 0],
    ])
    expectGrown(renderer, policy, session.segments[0].conversation.response())
  })

  it('is one by messages', async () => {
    const { gateway, policy } = served(agent)
    const session = gateway.open()
    const client = clientOf(gateway, session)
    const body = {
      ...claude,
      tools: [{ ...tool, parameters: undefined, input_schema: parameters }],
    }
    const first = await client.json(MESSAGES, body)
    expect(first).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'call_0_0', name: 'lookup', input: { name: 'Ann' } },
      ],
    })
    const result = {
      type: 'tool_result',
      tool_use_id: 'call_0_0',
      content: [{ type: 'text', text: '31' }],
    }
    await client.json(MESSAGES, {
      ...body,
      messages: [
        ...body.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [result] },
      ],
    })
    expect(session.ledger.map(({ kind }) => kind)).toEqual(['trained', 'trained'])
    expectGrown(renderer, policy, session.segments[0].conversation.response())
  })

  it('is one by responses', async () => {
    const { gateway, policy } = served(agent)
    const session = gateway.open()
    const client = clientOf(gateway, session)
    const body = { ...input, tools: [{ type: 'function', ...tool }] }
    const { output } = await client.json(RESPONSES, body)
    expect(output).toMatchObject([
      { type: 'message', content: [{ text: 'I look.' }] },
      { type: 'function_call', call_id: 'call_0_0', name: 'lookup', arguments: '{"name":"Ann"}' },
    ])
    await client.json(RESPONSES, {
      ...body,
      input: [
        { role: 'user', content: 'Hi' },
        ...output,
        { type: 'function_call_output', call_id: 'call_0_0', output: '31' },
      ],
    })
    expect(session.ledger.map(({ kind }) => kind)).toEqual(['trained', 'trained'])
    expectGrown(renderer, policy, session.segments[0].conversation.response())
  })

  it.each([
    [CHAT, { ...chat, tools: [{ type: 'function', function: tool }] }],
    [MESSAGES, { ...claude, tools: [{ name: 'lookup', input_schema: parameters }] }],
    [RESPONSES, { ...input, tools: [{ type: 'function', ...tool }] }],
  ])('streams its call: %s', async (path, body) => {
    const events = await clientOf(served(agent).gateway).events(path, body)
    const text = JSON.stringify(events)
    expect(text).toContain('{\\"name\\":\\"Ann\\"}')
    expect(text).not.toContain('<tool_call>')
  })
})

/** The second turn's prompt is the first one's, what was sampled, and what the template puts between. */
function expectGrown(
  { continue: glue }: Renderer,
  { asked: [first, second] }: ScriptedPolicy,
  { response, mask, logprobs }: { response: Int32Array; mask: Uint8Array; logprobs: Float32Array },
): void {
  const said = renderer.answer!(`I look.\n${LOOKUP}`)
  const results: Message = { role: 'tool', content: [{ type: 'tool-result', text: '31' }] }
  const told = glue([results], 'stop')
  expect([...second.prompt]).toEqual([...first.prompt, ...said, ...told])
  const last = renderer.answer!('She is 31.')
  expect([...response]).toEqual([...said, ...told, ...last])
  expect([...mask]).toEqual([
    ...Array.from(said, () => 1),
    ...Array.from(told, () => 0),
    ...Array.from(last, () => 1),
  ])
  expect(logprobs[said.length - 1]).toBe(-said.length / 64)
  expect(logprobs.at(-1)).toBe(-last.length / 64 - 1)
}

describe('what cannot be honoured', () => {
  it.each<[string, object]>([
    [CHAT, { n: 2 }],
    [CHAT, { tool_choice: 'required' }],
    [CHAT, { tool_choice: { type: 'function', function: { name: 'f' } } }],
    [CHAT, { response_format: { type: 'json_object' } }],
    [CHAT, { response_format: { type: 'json_schema', json_schema: {} } }],
    [CHAT, { top_logprobs: 3 }],
    [CHAT, { frequency_penalty: 0.5 }],
    [CHAT, { logit_bias: { 1: 2 } }],
    [CHAT, { parallel_tool_calls: false }],
    [CHAT, { temperature: -1 }],
    [CHAT, { max_tokens: 0 }],
    [CHAT, { stop: ['', 'a'] }],
    [CHAT, { messages: [] }],
    [CHAT, { messages: 'Hi' }],
    [CHAT, { messages: [{ role: 'robot', content: 'Hi' }] }],
    [CHAT, { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }],
    [
      CHAT,
      {
        messages: [
          { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '{a' } }] },
        ],
      },
    ],
    [CHAT, { tools: [{ type: 'web_search' }] }],
    [CHAT, { messages: [{ role: 'user', content: 'x'.repeat(5000) }] }],
    [MESSAGES, { tool_choice: { type: 'any' } }],
    [MESSAGES, { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    [MESSAGES, { max_tokens: undefined }],
    [MESSAGES, { mcp_servers: [{}] }],
    [RESPONSES, { previous_response_id: 'resp_1' }],
    [RESPONSES, { text: { format: { type: 'json_schema' } } }],
    [RESPONSES, { background: true }],
    [RESPONSES, { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    [RESPONSES, { tools: [{ type: 'web_search' }] }],
  ])('is a clean 400: %s %j', async (path, more) => {
    const body = path === CHAT ? chat : path === MESSAGES ? claude : input
    const response = await clientOf(served().gateway).post(path, { ...body, ...more })
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: { message: string } }
    expect(error.message.length).toBeGreaterThan(12)
  })

  it('names the context as OpenAI does, and a body that is no JSON', async () => {
    const client = clientOf(served().gateway)
    const long = await client.json(CHAT, {
      messages: [{ role: 'user', content: 'x'.repeat(5000) }],
    })
    expect(long.error).toMatchObject({
      code: 'context_length_exceeded',
      message: expect.stringContaining('maximum context length is 4096 tokens'),
    })
    expect((await client.post(CHAT, '{"mess')).status).toBe(400)
    expect((await client.post(CHAT, '[]')).status).toBe(400)
  })

  it('ignores what changes nothing', async () => {
    const neutral = {
      n: 1,
      logit_bias: null,
      frequency_penalty: 0,
      functions: [],
      user: 'me',
      store: true,
    }
    expect((await clientOf(served().gateway).post(CHAT, { ...chat, ...neutral })).status).toBe(200)
  })
})

describe('no route without a secret', () => {
  const { gateway } = served()
  const session = gateway.open()
  const other = gateway.open()
  it.each(gateway.routes.map((route) => [route.method, route.path, route.secret] as const))(
    '%s %s',
    async (method, path, secret) => {
      const url = `http://localhost${path.replace(':id', session.id)}`
      const ask = async (token?: string, name = 'authorization'): Promise<number> => {
        const headers: Record<string, string> =
          token === undefined
            ? {}
            : { [name]: name === 'authorization' ? `Bearer ${token}` : token }
        return (await gateway.fetch(new Request(url, { method, headers }))).status
      }
      const refused = [undefined, '', 'x', gateway.token.slice(1), `${gateway.token}0`, other.token]
      for (const token of refused) expect(await ask(token), `${token}`).toBe(401)
      expect(await ask(gateway.token)).not.toBe(401)
      expect(await ask(gateway.token, 'x-api-key')).not.toBe(401)
      expect((await ask(session.token)) === 401).toBe(secret === 'gateway')
    },
  )

  it('nor does an address that is none say so', async () => {
    for (const path of [
      '/',
      '/v2',
      '/sessions/1/v1/models',
      `/sessions/${'0'.repeat(32)}/v1/models`,
    ]) {
      const url = `http://localhost${path}`
      expect((await gateway.fetch(new Request(url))).status).toBe(401)
      const headers = { authorization: `Bearer ${gateway.token}` }
      expect((await gateway.fetch(new Request(url, { headers }))).status).toBe(404)
    }
    expect(gateway.token).toMatch(/^[0-9a-f]{32}$/)
    expect(session.token).not.toBe(other.token)
  })

  it('nor is a pickled body read, by any route', async () => {
    const body = "cposix\nsystem\n(S'touch icrl-was-here'\ntR."
    const { gateway: asked } = served('x')
    const headers = { authorization: `Bearer ${asked.token}` }
    for (const { method, path } of asked.routes.filter(({ method }) => method === 'POST')) {
      const { token, path: base } = asked.open({ task: 'a' })
      const own = path.startsWith('/sessions') ? path.replace(/^\/sessions\/:?\w+\/v1/, base) : path
      const as = own === path ? headers : { authorization: `Bearer ${token}` }
      const answer = await asked.fetch(
        new Request(`http://localhost${own}`, { method, headers: as, body }),
      )
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true])
    }
  })

  it('nor a body without a bound', async () => {
    const { gateway: small } = served('x', { maxBody: 100 })
    expect((await clientOf(small).post(CHAT, { ...chat, user: 'u'.repeat(100) })).status).toBe(413)
  })
})

describe('a session by request', () => {
  it('is opened, answered, rewarded and late', async () => {
    const { gateway } = served()
    const owner = clientOf(gateway)
    const opened = await owner.post('/sessions', { task: 'q', budget: { calls: 2 } })
    expect(opened.status).toBe(201)
    const { id, base_url } = (await opened.json()) as { id: string; base_url: string }
    expect(base_url).toBe(`/sessions/${id}/v1`)
    const client = clientOf(gateway, gateway.sessions.get(id))
    expect((await client.post(CHAT, chat)).headers.get('x-icrl-ledger')).toBe('trained')
    await client.json(MESSAGES, claude)
    expect((await client.post(RESPONSES, input)).status).toBe(403)
    expect((await owner.post(`/sessions/${id}/end`, { reward: 3 })).status).toBe(400)
    expect(await owner.json(`/sessions/${id}/end`, { reward: 0.5 })).toMatchObject({
      ended: true,
      outcome: { reward: 0.5, success: false },
      segments: 2,
      totals: { trained: { calls: 2 }, refused: { calls: 1 } },
    })
    const headers = { authorization: `Bearer ${gateway.token}` }
    const asked = new Request(`http://localhost/sessions/${id}/segments`, { headers })
    const { segments } = (await (await gateway.fetch(asked)).json()) as {
      segments: { prompt: number[]; response: number[]; mask: number[]; logprobs: number[] }[]
    }
    const said = [...renderer.answer!('Hello, you.')]
    for (const { prompt, response, mask, logprobs } of segments) {
      expect(prompt).toEqual([...renderer.start([{ role: 'user', content: 'Hi' }])])
      expect(response).toEqual(said)
      expect([mask.length, logprobs.length]).toEqual([said.length, said.length])
    }
    expect((await client.post(CHAT, chat)).status).toBe(410)
    expect(gateway.sessions.get(id)!.ledger.at(-1)!.kind).toBe('late')
  })

  it('gives its own draws to each session and turn of a task, whatever the order', async () => {
    const draws = async (order: readonly number[]): Promise<unknown> => {
      const { gateway, policy } = served()
      const sessions = [gateway.open({ task: 'q' }), gateway.open({ task: 'q' })]
      for (const i of order)
        await clientOf(gateway, sessions[i]).json(CHAT, { ...chat, user: `${policy.asked.length}` })
      return policy.asked.map(({ draws: stream }) => stream.path.join('/')).sort()
    }
    expect(await draws([0, 0, 1])).toEqual(await draws([1, 0, 0]))
  })

  it('keeps no more than it should: the oldest that ended makes room', async () => {
    const { gateway } = served('x', { maxSessions: 2 })
    const [a, b] = [gateway.open(), gateway.open()]
    expect(() => gateway.open()).toThrow('2 sessions are open')
    expect((await clientOf(gateway).post('/sessions', {})).status).toBe(503)
    b.end()
    gateway.open()
    expect([...gateway.sessions.keys()]).toContain(a.id)
    expect(gateway.sessions.has(b.id)).toBe(false)
  })

  it('lets the run win over what the agent asks for, and says so', async () => {
    const { gateway, policy } = served()
    const session = gateway.open({ sampling: { maxTokens: 64, temperature: 1 } })
    const response = await clientOf(gateway, session).post(CHAT, {
      ...chat,
      temperature: 0,
      top_p: 0.5,
      seed: 3,
      max_tokens: 7,
    })
    expect(response.headers.get('x-icrl-overruled')).toBe('temperature, topP, seed')
    expect(policy.asked[0]).toMatchObject({ temperature: 1, topP: 1, topK: 0, maxTokens: 7 })
    expect(session.ledger[0].overruled).toEqual(['temperature', 'topP', 'seed'])
  })
})

describe('a failure of the model', () => {
  const broken: Script = () => Promise.reject(new Error('out of memory'))

  it('is status 500, in the stream where it has begun, and booked', async () => {
    const { gateway } = served(broken)
    const session = gateway.open()
    const client = clientOf(gateway, session)
    expect((await client.post(CHAT, chat)).status).toBe(500)
    for (const [path, body] of [
      [CHAT, chat],
      [MESSAGES, claude],
      [RESPONSES, input],
    ] as const)
      expect(JSON.stringify(await client.events(path, body))).toContain('out of memory')
    expect(session.ledger.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed', 'failed'])
  })
})
