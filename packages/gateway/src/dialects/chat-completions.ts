import type { Message, MessagePart, PartDelta, ToolCallPart } from '@icrl/core'
import { refuse, unsupported } from '../refusal.ts'
import {
  event,
  isCall,
  wordsOf,
  type AnswerFacts,
  type CallReply,
  type CallRequest,
  type Dialect,
  type StreamWriter,
} from './dialect.ts'
import {
  argumentsOf,
  isFields,
  numberWithin,
  objects,
  refuseFields,
  stopStrings,
  text,
  toolOf,
  wholeNumber,
  type Fields,
} from './fields.ts'

/** OpenAI's chat completions, as most clients speak. */
export const chatCompletions: Dialect = {
  path: '/v1/chat/completions',
  read(body) {
    refuseFields(body, {
      n: 1,
      top_logprobs: 0,
      presence_penalty: 0,
      frequency_penalty: 0,
      logit_bias: undefined,
      functions: undefined,
      function_call: undefined,
      audio: undefined,
      web_search_options: undefined,
      parallel_tool_calls: true,
    })
    const format = isFields(body.response_format) ? body.response_format.type : undefined
    if (format !== undefined && format !== 'text')
      unsupported(`response_format of type ${JSON.stringify(format)}`)
    const options = isFields(body.stream_options) ? body.stream_options : {}
    return {
      model: typeof body.model === 'string' ? body.model : '',
      messages: objects(body.messages, 'messages').flatMap(messagesOf),
      tools: toolsOf(body),
      stream: body.stream === true,
      maxTokens:
        wholeNumber(body, 'max_completion_tokens', 1) ?? wholeNumber(body, 'max_tokens', 1),
      temperature: numberWithin(body, 'temperature', [0, 100]),
      topP: numberWithin(body, 'top_p', [0, 1]),
      topK: wholeNumber(body, 'top_k'),
      seed: wholeNumber(body, 'seed'),
      stop: stopStrings(body.stop, 'stop'),
      logprobs: body.logprobs === true,
      streamUsage: options.include_usage === true,
      tokenIds: body.return_token_ids === true,
    }
  },
  answer: (reply, facts) => ({
    id: `chatcmpl-${facts.id}`,
    object: 'chat.completion',
    created: facts.created,
    model: facts.model,
    choices: [
      {
        index: 0,
        message: chatMessage(reply),
        logprobs: facts.request.logprobs ? chatLogprobs(reply, facts) : null,
        finish_reason: finishReason(reply),
        ...(facts.request.tokenIds && { token_ids: [...reply.tokens] }),
      },
    ],
    ...(facts.request.tokenIds && { prompt_token_ids: [...reply.prompt] }),
    usage: usageOf(reply, facts),
  }),
  stream: chatStream,
  error: ({ message, code }) => ({
    error: { message, type: 'invalid_request_error', param: null, code },
  }),
}

const ROLES: Readonly<Record<string, 'system' | 'user'>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
}

function messagesOf(message: Fields): Message[] {
  const { role, content } = message
  if (role === 'assistant') return [assistantOf(message)]
  if (role === 'tool') {
    const id = typeof message.tool_call_id === 'string' ? message.tool_call_id : undefined
    const result = { type: 'tool-result' as const, text: contentOf(content, 'a tool message') }
    return [{ role: 'tool', content: [{ ...result, ...(id !== undefined && { id }) }] }]
  }
  if (typeof role !== 'string' || !Object.hasOwn(ROLES, role))
    return refuse(`A message has the role ${JSON.stringify(role)}.`)
  return [{ role: ROLES[role], content: contentOf(content, `a message of role ${role}`) }]
}

function assistantOf(message: Fields): Message {
  if (message.function_call !== undefined) unsupported('function_call in a message')
  const reasoning = message.reasoning_content ?? message.reasoning
  const said =
    message.content === null ? '' : contentOf(message.content ?? '', 'an assistant message')
  const calls = message.tool_calls ? objects(message.tool_calls, 'tool_calls').map(callOf) : []
  const parts: MessagePart[] = [
    ...(typeof reasoning === 'string' && reasoning !== ''
      ? [{ type: 'reasoning' as const, text: reasoning }]
      : []),
    ...(said === '' ? [] : [{ type: 'text' as const, text: said }]),
    ...calls,
  ]
  return { role: 'assistant', content: parts }
}

function callOf(call: Fields): ToolCallPart {
  if (!isFields(call.function)) return refuse('A tool call has no function.')
  const name = text(call.function.name, 'the name of a tool call')
  return {
    type: 'tool-call',
    name,
    arguments: argumentsOf(call.function.arguments ?? '{}', `the call of ${name}`),
    ...(typeof call.id === 'string' && { id: call.id }),
  }
}

/** The words of a content: a string, or parts of text. */
function contentOf(content: unknown, where: string): string {
  if (typeof content === 'string') return content
  return objects(content, `The content of ${where}`)
    .map((part) => {
      if (part.type === 'refusal') return text(part.refusal, 'refusal')
      if (part.type !== 'text') unsupported(`Content of type ${JSON.stringify(part.type)}`)
      return text(part.text, 'text')
    })
    .join('')
}

function toolsOf({ tools, tool_choice: choice }: Fields): CallRequest['tools'] {
  if (choice !== undefined && choice !== null && choice !== 'auto' && choice !== 'none')
    unsupported('tool_choice other than "auto" and "none"')
  if (tools === undefined || tools === null || choice === 'none') return []
  return objects(tools, 'tools').map((tool) => {
    if (tool.type !== 'function' || !isFields(tool.function))
      return unsupported(`A tool of type ${JSON.stringify(tool.type)}`)
    return toolOf(tool.function, tool.function.parameters, 'tools[].function')
  })
}

function chatMessage({ parts }: CallReply): Fields {
  const said = wordsOf(parts, 'text')
  const reasoning = wordsOf(parts, 'reasoning')
  const calls = parts.filter(isCall)
  return {
    role: 'assistant',
    content: said === '' && calls.length > 0 ? null : said,
    refusal: null,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls.map(chatCall) }),
  }
}

function chatCall({ id, name, arguments: given }: ToolCallPart): Fields {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } }
}

function finishReason({ parts, finish }: CallReply): string {
  return parts.some(isCall) ? 'tool_calls' : finish
}

function usageOf({ tokens }: CallReply, { promptTokens }: AnswerFacts): Fields {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens.length,
    total_tokens: promptTokens + tokens.length,
  }
}

function chatLogprobs({ tokens, logprobs }: CallReply, { tokenText }: AnswerFacts): Fields {
  const content = Array.from(tokens, (id, t) => ({
    token: tokenText(id),
    bytes: [...new TextEncoder().encode(tokenText(id))],
    logprob: logprobs[t],
    top_logprobs: [],
  }))
  return { content, refusal: null }
}

function chatStream(facts: AnswerFacts): StreamWriter {
  const { id, created, model, request } = facts
  let calls = 0
  const chunk = (choices: readonly Fields[], more: Fields = {}): string =>
    event({
      id: `chatcmpl-${id}`,
      object: 'chat.completion.chunk',
      created,
      model,
      choices,
      ...more,
    })
  const choice = (delta: Fields, more: Fields = {}): string =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: null, ...more }])
  return {
    begin: () => choice({ role: 'assistant', content: '' }),
    delta: (delta) =>
      delta.type === 'tool-call'
        ? choice({ tool_calls: [{ index: calls++, ...chatCall(delta) }] })
        : choice({ [contentField(delta)]: delta.text }),
    end: (reply) => {
      const logprobs = request.logprobs ? chatLogprobs(reply, facts) : null
      const last = choice({}, { logprobs, finish_reason: finishReason(reply) })
      const usage = request.streamUsage ? chunk([], { usage: usageOf(reply, facts) }) : ''
      return `${last}${usage}${event('[DONE]')}`
    },
    fail: ({ message, code }) => event({ error: { message, type: 'server_error', code } }),
  }
}

function contentField({ type }: PartDelta): string {
  return type === 'reasoning' ? 'reasoning_content' : 'content'
}
