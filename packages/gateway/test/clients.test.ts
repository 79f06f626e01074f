import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { chatRenderer } from '@icrl/renderer'
import { listen, type RunningServer } from '@icrl/serve'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languageModel } from '../src/ai.ts'
import { createGateway, type Gateway, type GatewaySession } from '../src/index.ts'
import { byteTokenizer } from './byte-tokenizer.ts'
import type { Answer } from './client.ts'
import { scriptedPolicy } from './scripted-policy.ts'

// Each of them drives a session of two steps with a tool, whole and in a stream. They are installed
// by scripts/install-clients.mjs.

const clients = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-clients')
const cache = join(clients, 'node20')
const isHere = existsSync(join(cache, 'node_modules', 'ai', 'package.json'))
const HINT = ' (skipped: run packages/gateway/scripts/install-clients.mjs)'
const load = async (name: string): Promise<Answer> =>
  import(pathToFileURL(createRequire(join(cache, 'x.js')).resolve(name)).href)

const renderer = chatRenderer({ tokenizer: byteTokenizer() })
const LOOKUP =
  'I look.\n<tool_call>\n{"name": "lookup", "arguments": {"name": "Ann"}}\n</tool_call>'
const QUESTION = 'How old is Ann?'
const parameters = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
}

let gateway: Gateway
let server: RunningServer
beforeAll(async () => {
  const policy = scriptedPolicy(renderer, (prompt) =>
    prompt.includes('<tool_response>') ? 'She is 31.' : LOOKUP,
  )
  gateway = createGateway({ policy, renderer, contextLength: 8192 })
  server = await listen((request) => gateway.fetch(request), { isGuarded: true })
})
afterAll(() => server.close())

async function session(
  drive: (at: { baseURL: string; anthropicURL: string; apiKey: string }) => Promise<string>,
): Promise<GatewaySession> {
  const opened = gateway.open()
  const baseURL = `${server.urls[0]}${opened.path}`
  const anthropicURL = baseURL.replace(/\/v1$/, '')
  const said = await drive({ baseURL, anthropicURL, apiKey: opened.token })
  expect(said.endsWith('She is 31.')).toBe(true)
  expect(opened.ledger.map(({ kind, segment }) => [kind, segment])).toEqual([
    ['trained', 0],
    ['trained', 0],
  ])
  return opened
}

/** What every client's session must have sampled, bit for bit. */
function sampled({ segments: [{ conversation }] }: GatewaySession): readonly number[] {
  const { response, mask } = conversation.response()
  return [...response].filter((_, t) => mask[t])
}
const EXPECTED = [...renderer.answer!(LOOKUP), ...renderer.answer!('She is 31.')]

describe.skipIf(!isHere)(`official clients${isHere ? '' : HINT}`, () => {
  it.each([false, true])('openai 6, chat completions, stream: %s', async (stream) => {
    const { default: OpenAI } = await load('openai')
    const opened = await session(async ({ baseURL, apiKey }) => {
      const client = new OpenAI({ baseURL, apiKey })
      const messages: object[] = [{ role: 'user', content: QUESTION }]
      const tools = [{ type: 'function', function: { name: 'lookup', parameters } }]
      const request = { model: 'icrl', messages, tools }
      const ask = async (): Promise<Answer> =>
        stream
          ? await client.chat.completions.stream(request).finalMessage()
          : (await client.chat.completions.create(request)).choices[0].message
      const first = await ask()
      messages.push(first, { role: 'tool', tool_call_id: first.tool_calls[0].id, content: '31' })
      return (await ask()).content
    })
    expect(sampled(opened)).toEqual(EXPECTED)
  })

  it.each([false, true])('openai 6, responses, stream: %s', async (stream) => {
    const { default: OpenAI } = await load('openai')
    const opened = await session(async ({ baseURL, apiKey }) => {
      const client = new OpenAI({ baseURL, apiKey })
      const input: object[] = [{ role: 'user', content: QUESTION }]
      const tools = [{ type: 'function', name: 'lookup', parameters, strict: false }]
      const request = { model: 'icrl', input, tools }
      const ask = async (): Promise<Answer> =>
        stream ? client.responses.stream(request).finalResponse() : client.responses.create(request)
      const { output } = await ask()
      const call = output.find(({ type }: Answer) => type === 'function_call')
      input.push(...output.map(({ parsed_arguments: _, parsed: __, ...item }: Answer) => item))
      input.push({ type: 'function_call_output', call_id: call.call_id, output: '31' })
      return (await ask()).output_text
    })
    expect(sampled(opened)).toEqual(EXPECTED)
  })

  it.each([false, true])('@anthropic-ai/sdk, messages, stream: %s', async (stream) => {
    const { default: Anthropic } = await load('@anthropic-ai/sdk')
    const opened = await session(async ({ anthropicURL, apiKey }) => {
      const client = new Anthropic({ baseURL: anthropicURL, apiKey })
      const messages: object[] = [{ role: 'user', content: QUESTION }]
      const tools = [{ name: 'lookup', input_schema: parameters }]
      const request = { model: 'icrl', max_tokens: 256, messages, tools }
      const ask = async (): Promise<Answer> =>
        stream ? client.messages.stream(request).finalMessage() : client.messages.create(request)
      const first = await ask()
      const use = first.content.find(({ type }: Answer) => type === 'tool_use')
      const result = { type: 'tool_result', tool_use_id: use.id, content: '31' }
      messages.push(
        { role: 'assistant', content: first.content },
        { role: 'user', content: [result] },
      )
      return (await ask()).content[0].text
    })
    expect(sampled(opened)).toEqual(EXPECTED)
  })

  const providers = {
    'openai-compatible': async ({ baseURL, apiKey }: { baseURL: string; apiKey: string }) =>
      (await load('@ai-sdk/openai-compatible')).createOpenAICompatible({
        name: 'icrl',
        baseURL,
        apiKey,
      })('icrl'),
    'openai, chat': async (at: { baseURL: string; apiKey: string }) =>
      (await load('@ai-sdk/openai')).createOpenAI(at).chat('icrl'),
    'openai, responses': async (at: { baseURL: string; apiKey: string }) =>
      (await load('@ai-sdk/openai')).createOpenAI(at).responses('icrl'),
    anthropic: async (at: { baseURL: string; apiKey: string }) =>
      (await load('@ai-sdk/anthropic')).createAnthropic(at)('icrl'),
    '@icrl/gateway/ai over HTTP': async (at: { baseURL: string; apiKey: string }) =>
      languageModel(at),
    '@icrl/gateway/ai in process': async ({
      baseURL,
      apiKey,
    }: {
      baseURL: string
      apiKey: string
    }) =>
      languageModel({
        apiKey,
        baseURL,
        fetch: (input, init) => gateway.fetch(new Request(input, init)),
      }),
  }
  it.each(
    Object.entries(providers).flatMap(([name, provider]) =>
      [false, true].map((stream) => [name, stream, provider] as const),
    ),
  )('ai 6, %s, stream: %s', async (_, stream, provider) => {
    const { generateText, streamText, jsonSchema, stepCountIs, tool } = await load('ai')
    const opened = await session(async (at) => {
      const options = {
        model: await provider(at),
        prompt: QUESTION,
        stopWhen: stepCountIs(4),
        tools: { lookup: tool({ inputSchema: jsonSchema(parameters), execute: async () => '31' }) },
        onError: ({ error }: Answer) => {
          throw error
        },
      }
      return stream ? streamText(options).text : (await generateText(options)).text
    })
    expect(sampled(opened)).toEqual(EXPECTED)
  })

  it('LangGraph.js, by @langchain/openai', async () => {
    const [{ createReactAgent }, { ChatOpenAI }, { tool }] = [
      await load('@langchain/langgraph/prebuilt'),
      await load('@langchain/openai'),
      await load('@langchain/core/tools'),
    ]
    const opened = await session(async ({ baseURL, apiKey }) => {
      const llm = new ChatOpenAI({ model: 'icrl', apiKey, configuration: { baseURL } })
      const lookup = tool(async () => '31', {
        name: 'lookup',
        description: 'Finds.',
        schema: parameters,
      })
      const { messages } = await createReactAgent({ llm, tools: [lookup] }).invoke({
        messages: [{ role: 'user', content: QUESTION }],
      })
      return messages.at(-1).content
    })
    expect(sampled(opened)).toEqual(EXPECTED)
  })

  it('openai 6 asks again by itself after a fault, and the turn counts once', async () => {
    const { default: OpenAI } = await load('openai')
    const opened = gateway.open()
    let tries = 0
    const client = new OpenAI({
      baseURL: `http://localhost${opened.path}`,
      apiKey: opened.token,
      fetch: async (input: string, init: RequestInit) => {
        const response = await gateway.fetch(new Request(input, init))
        // The first answer is lost on its way.
        return tries++ === 0 ? new Response('bad gateway', { status: 502 }) : response
      },
    })
    const messages = [{ role: 'user', content: QUESTION }]
    await client.chat.completions.create({ model: 'icrl', messages })
    expect(opened.ledger.map(({ kind }) => kind)).toEqual(['trained', 'retried'])
  })
})

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const node22 = join(
  clients,
  'node22',
  'node_modules',
  `node-${process.platform}-${process.arch}`,
  'bin',
  'node',
)
const python = join(clients, 'python', 'bin', 'python')
const answerOf = (stdout: string): string => /ANSWER (.*)/.exec(stdout)![1]
const runFile = promisify(execFile)

describe.skipIf(!existsSync(node22))(
  `clients that want Node 22${existsSync(node22) ? '' : HINT}`,
  () => {
    it.each([
      'openai 7',
      'ai 7',
      'ai 7, streaming, language model of @icrl/gateway/ai',
      'OpenAI Agents JS, responses',
      'OpenAI Agents JS, chat completions',
      'Mastra',
    ])('%s', async (client) => {
      const flags = ['--experimental-strip-types', '--conditions=@icrl/source', '--no-warnings']
      const opened = await session(async ({ baseURL, apiKey }) => {
        const given = [here('drive-client.mjs'), join(clients, 'node22'), client, baseURL, apiKey]
        return answerOf((await runFile(node22, [...flags, ...given])).stdout)
      })
      expect(sampled(opened)).toEqual(EXPECTED)
    })
  },
)

describe.skipIf(!existsSync(python))(`Python${existsSync(python) ? '' : HINT}`, () => {
  it('openai', async () => {
    const opened = await session(async ({ baseURL, apiKey }) =>
      answerOf((await runFile(python, [here('drive_client.py'), baseURL, apiKey])).stdout),
    )
    expect(sampled(opened)).toEqual(EXPECTED)
  })
})
