// Drives one client through two steps with a tool, under Node 22, and prints what it was told last:
// drive-client.mjs CACHE CLIENT BASE_URL API_KEY
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [, , cache, client, baseURL, apiKey] = process.argv
const load = (name) => import(pathToFileURL(createRequire(`${cache}/x.js`).resolve(name)).href)
const QUESTION = 'How old is Ann?'

const CLIENTS = {
  'openai 7': async () => {
    const { default: OpenAI } = await load('openai')
    const parameters = { type: 'object', properties: { name: { type: 'string' } } }
    const tools = [{ type: 'function', function: { name: 'lookup', parameters } }]
    const messages = [{ role: 'user', content: QUESTION }]
    const ask = async () =>
      await new OpenAI({ baseURL, apiKey }).chat.completions
        .stream({ model: 'icrl', messages, tools })
        .finalMessage()
    const first = await ask()
    messages.push(first, { role: 'tool', tool_call_id: first.tool_calls[0].id, content: '31' })
    return (await ask()).content
  },
  'ai 7': async () => {
    const [{ generateText, stepCountIs, tool }, { createOpenAICompatible }, { z }] = [
      await load('ai'),
      await load('@ai-sdk/openai-compatible'),
      await load('zod'),
    ]
    const lookup = tool({ inputSchema: z.object({ name: z.string() }), execute: async () => '31' })
    const model = createOpenAICompatible({ name: 'icrl', baseURL, apiKey })('icrl')
    const options = { model, prompt: QUESTION, tools: { lookup }, stopWhen: stepCountIs(4) }
    return (await generateText(options)).text
  },
  'ai 7, streaming, language model of @icrl/gateway/ai': async () => {
    const [{ streamText, stepCountIs, tool }, { z }] = [await load('ai'), await load('zod')]
    const { languageModel } = await import('../src/ai.ts')
    const lookup = tool({ inputSchema: z.object({ name: z.string() }), execute: async () => '31' })
    const model = languageModel({ baseURL, apiKey, specification: 'v4' })
    const options = { model, prompt: QUESTION, tools: { lookup }, stopWhen: stepCountIs(4) }
    return streamText(options).text
  },
  'OpenAI Agents JS, responses': () => agents('responses'),
  'OpenAI Agents JS, chat completions': () => agents('chat_completions'),
  Mastra: async () => {
    const [{ Agent }, { createTool }, { z }] = [
      await load('@mastra/core/agent'),
      await load('@mastra/core/tools'),
      await load('zod'),
    ]
    const lookup = createTool({
      id: 'lookup',
      description: 'Finds.',
      inputSchema: z.object({ name: z.string() }),
      execute: async () => '31',
    })
    const model = { id: 'icrl/icrl', url: baseURL, apiKey }
    const agent = new Agent({
      id: 'a',
      name: 'a',
      instructions: 'Use the tool.',
      model,
      tools: { lookup },
    })
    return (await agent.generate(QUESTION, { maxSteps: 4 })).text
  },
}

async function agents(api) {
  const { Agent, run, tool, setDefaultOpenAIClient, setOpenAIAPI, setTracingDisabled } =
    await load('@openai/agents')
  const { default: OpenAI } = await load('openai')
  const { z } = await load('zod')
  setDefaultOpenAIClient(new OpenAI({ baseURL, apiKey }))
  setOpenAIAPI(api)
  setTracingDisabled(true)
  const lookup = tool({
    name: 'lookup',
    description: 'Finds.',
    parameters: z.object({ name: z.string() }),
    execute: async () => '31',
  })
  const agent = new Agent({
    name: 'a',
    instructions: 'Use the tool.',
    model: 'icrl',
    tools: [lookup],
  })
  return (await run(agent, QUESTION)).finalOutput
}

console.log(`ANSWER ${await CLIENTS[client]()}`)
process.exit(0)
