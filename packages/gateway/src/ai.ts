import { IcrlError } from '@icrl/core'

/** Options of {@link languageModel}: what an agent's function is given has them. */
export interface LanguageModelOptions {
  /** Up to and with `/v1`. */
  readonly baseURL: string
  /** Opens the session. */
  readonly apiKey: string
  /** `fetch` of an agent's run needs no port. @defaultValue the global one */
  readonly fetch?: typeof fetch
  /** The model's name, as the AI SDK shows it. @defaultValue `icrl` */
  readonly modelId?: string
  /** `v3` for `ai` 6, `v4` for `ai` 7. @defaultValue `v3` */
  readonly specification?: 'v3' | 'v4'
}

type Fields = Readonly<Record<string, unknown>>

/** A call as the AI SDK makes it, as far as it is read here. */
export interface LanguageModelCall {
  /** The conversation, as the AI SDK has it. */
  readonly prompt: readonly { readonly role: string; readonly content: unknown }[]
  /** Most tokens of the answer. */
  readonly maxOutputTokens?: number
  /** Divides the logits. */
  readonly temperature?: number
  /** Samples among the likeliest tokens of this probability. */
  readonly topP?: number
  /** Samples among so many likeliest tokens. */
  readonly topK?: number
  /** Of the draws. */
  readonly seed?: number
  /** Against words that were said. */
  readonly presencePenalty?: number
  /** Against words that were said often. */
  readonly frequencyPenalty?: number
  /** Texts that end the answer. */
  readonly stopSequences?: readonly string[]
  /** Text or JSON. */
  readonly responseFormat?: { readonly type: string }
  /** Tools that the model is told of. */
  readonly tools?: readonly object[]
  /** Whether it must call one. */
  readonly toolChoice?: { readonly type: string }
  /** Ends the call early. */
  readonly abortSignal?: AbortSignal
}

/** What the AI SDK calls a language model, as far as it is written here. */
export interface IcrlLanguageModel<Version extends 'v3' | 'v4' = 'v3'> {
  /** Of the AI SDK's interface. */
  readonly specificationVersion: Version
  /** By which the AI SDK names it in errors and traces. */
  readonly provider: string
  /** The model that answers. */
  readonly modelId: string
  /** Files that it reads by address: none. */
  readonly supportedUrls: Record<string, RegExp[]>
  // The AI SDK's own types are not a dependency: its types check these by structure.
  /** Answers a call whole. */
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  doGenerate(call: any): Promise<any>
  /** Answers a call as it is sampled. */
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  doStream(call: any): Promise<any>
}

/**
 * A language model for the AI SDK (`ai` 6 and 7) over a gateway, in process or by HTTP: it sends chat
 * completions, and no word or number of them is lost on the way.
 *
 * @example
 * declare const run: { baseURL: string; apiKey: string; fetch: typeof fetch }
 * const model = languageModel(run)
 * // const { text } = await generateText({ model, tools, prompt: 'How old is Ann?' })
 */
export function languageModel<Version extends 'v3' | 'v4' = 'v3'>({
  baseURL,
  apiKey,
  fetch: send = fetch,
  modelId = 'icrl',
  specification = 'v3' as Version,
}: Omit<LanguageModelOptions, 'specification'> & {
  readonly specification?: Version
}): IcrlLanguageModel<Version> {
  const post = async (call: LanguageModelCall, stream: boolean): Promise<Response> => {
    const response = await send(`${baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(call, modelId, stream)),
      signal: call.abortSignal,
    })
    if (response.ok) return response
    const { error } = (await response.json()) as { error?: { message?: string } }
    throw new IcrlError(`gateway, status ${response.status}: ${error?.message ?? 'no reason'}`, {
      code: response.status === 400 ? 'unsupported' : 'unavailable',
      remedy: 'Leave out what cannot be honored, or look at the session.',
    })
  }
  return {
    specificationVersion: specification,
    provider: 'icrl',
    modelId,
    supportedUrls: {},
    async doGenerate(call: LanguageModelCall) {
      return resultOf((await (await post(call, false)).json()) as Completion)
    },
    async doStream(call: LanguageModelCall) {
      return { stream: streamOf((await post(call, true)).body!) }
    },
  }
}

function bodyOf(call: LanguageModelCall, model: string, stream: boolean): Fields {
  const { tools = [], toolChoice, responseFormat, stopSequences = [] } = call
  const isTold = <T>(value: T | undefined, name: string): Fields =>
    value === undefined ? {} : { [name]: value }
  return {
    model,
    messages: call.prompt.flatMap(messagesOf),
    ...(tools.length > 0 && { tools: tools.map((tool) => toolOf(tool as Fields)) }),
    ...(toolChoice && {
      tool_choice: toolChoice.type === 'tool' ? { ...toolChoice } : toolChoice.type,
    }),
    ...(responseFormat && {
      response_format: { type: responseFormat.type === 'json' ? 'json_object' : 'text' },
    }),
    ...(stopSequences.length > 0 && { stop: stopSequences }),
    ...isTold(call.maxOutputTokens, 'max_tokens'),
    ...isTold(call.temperature, 'temperature'),
    ...isTold(call.topP, 'top_p'),
    ...isTold(call.topK, 'top_k'),
    ...isTold(call.seed, 'seed'),
    ...isTold(call.presencePenalty, 'presence_penalty'),
    ...isTold(call.frequencyPenalty, 'frequency_penalty'),
    ...(stream && { stream, stream_options: { include_usage: true } }),
  }
}

function toolOf({ type, name, description, inputSchema }: Fields): Fields {
  return { type, function: { name, description, parameters: inputSchema } }
}

function messagesOf({ role, content }: LanguageModelCall['prompt'][number]): Fields[] {
  if (typeof content === 'string') return [{ role, content }]
  const parts = content as readonly Fields[]
  if (role === 'tool')
    return parts
      .filter(({ type }) => type === 'tool-result')
      .map(({ toolCallId, output }) => ({
        role,
        tool_call_id: toolCallId,
        content: outputText(output as Fields),
      }))
  if (role === 'user') return [{ role, content: parts.map(userPart) }]
  const said = (type: string): string =>
    parts.map((part) => (part.type === type ? String(part.text) : '')).join('')
  const calls = parts.filter(({ type }) => type === 'tool-call')
  return [
    {
      role,
      content: said('text'),
      ...(said('reasoning') !== '' && { reasoning_content: said('reasoning') }),
      ...(calls.length > 0 && { tool_calls: calls.map(callOf) }),
    },
  ]
}

/** What is no text keeps its type, which the gateway refuses by name. */
function userPart(part: Fields): Fields {
  return part.type === 'text' ? { type: 'text', text: part.text } : { type: part.type }
}

function callOf({ toolCallId, toolName, input }: Fields): Fields {
  const given = typeof input === 'string' ? input : JSON.stringify(input)
  return { id: toolCallId, type: 'function', function: { name: toolName, arguments: given } }
}

/** As the AI SDK's own providers write the results of tools. */
function outputText({ type, value, reason }: Fields): string {
  if (type === 'text' || type === 'error-text') return String(value)
  if (type === 'execution-denied') return String(reason ?? 'Tool call execution denied.')
  return JSON.stringify(value)
}

interface Completion {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly choices: readonly {
    readonly message: Said
    readonly finish_reason: string
  }[]
  readonly usage: Usage
}

interface Said {
  readonly content?: string | null
  readonly reasoning_content?: string
  readonly tool_calls?: readonly Call[]
}

interface Call {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: string }
}

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
}

function resultOf({ id, created, model, choices: [choice], usage }: Completion): Fields {
  const { content, reasoning_content: reasoning, tool_calls: calls = [] } = choice.message
  return {
    content: [
      ...(reasoning ? [{ type: 'reasoning', text: reasoning }] : []),
      ...(content ? [{ type: 'text', text: content }] : []),
      ...calls.map(toolCall),
    ],
    finishReason: finishOf(choice.finish_reason),
    usage: usageOf(usage),
    warnings: [],
    response: { id, timestamp: new Date(created * 1000), modelId: model },
  }
}

function toolCall({ id, function: { name, arguments: input } }: Call): Fields {
  return { type: 'tool-call', toolCallId: id, toolName: name, input }
}

function finishOf(raw: string): Fields {
  return { unified: raw === 'tool_calls' ? 'tool-calls' : raw, raw }
}

function usageOf({ prompt_tokens: prompt, completion_tokens: completion }: Usage): Fields {
  return {
    inputTokens: { total: prompt, noCache: prompt, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: completion, text: completion, reasoning: undefined },
  }
}

/** Chat completion chunks as the parts of an AI SDK stream. */
function streamOf(body: ReadableStream<Uint8Array>): ReadableStream<Fields> {
  const parts = partsOf(body)
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await parts.return(undefined)
    },
  })
}

interface Chunk {
  readonly choices: readonly { readonly delta: Said; readonly finish_reason: string | null }[]
  readonly usage?: Usage
  readonly error?: { readonly message: string }
}

async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Fields, void> {
  yield { type: 'stream-start', warnings: [] }
  let open: { readonly kind: string; readonly id: string } | undefined
  let blocks = 0
  let finish: string | undefined
  let usage: Usage | undefined
  for await (const chunk of chunksOf(body)) {
    if (chunk.error) yield { type: 'error', error: new Error(chunk.error.message) }
    usage = chunk.usage ?? usage
    const [choice] = chunk.choices ?? []
    if (!choice) continue
    finish = choice.finish_reason ?? finish
    const { content, reasoning_content: reasoning, tool_calls: calls = [] } = choice.delta
    const kind = reasoning ? 'reasoning' : 'text'
    const words = reasoning || content
    if (words && open?.kind !== kind) {
      if (open) yield { type: `${open.kind}-end`, id: open.id }
      open = { kind, id: String(blocks++) }
      yield { type: `${kind}-start`, id: open.id }
    }
    if (words) yield { type: `${kind}-delta`, id: open!.id, delta: words }
    if (calls.length > 0 && open) {
      yield { type: `${open.kind}-end`, id: open.id }
      open = undefined
    }
    for (const call of calls) yield* callParts(call)
  }
  if (open) yield { type: `${open.kind}-end`, id: open.id }
  if (finish !== undefined && usage)
    yield { type: 'finish', finishReason: finishOf(finish), usage: usageOf(usage) }
}

function* callParts(call: Call): Generator<Fields> {
  const { id, function: made } = call
  yield { type: 'tool-input-start', id, toolName: made.name }
  yield { type: 'tool-input-delta', id, delta: made.arguments }
  yield { type: 'tool-input-end', id }
  yield toolCall(call)
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Chunk> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true })
    const events = text.split('\n\n')
    text = events.pop()!
    for (const event of events) {
      const data = event.replace(/^data: /, '')
      if (data !== '[DONE]') yield JSON.parse(data) as Chunk
    }
  }
}
