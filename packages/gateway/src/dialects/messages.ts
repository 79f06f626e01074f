import type { Message, MessagePart, ToolCallPart } from '@icrl/core'
import { refuse, unsupported } from '../refusal.ts'
import {
  event,
  isCall,
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

/** Anthropic's messages. */
export const messages: Dialect = {
  path: '/v1/messages',
  read(body) {
    refuseFields(body, { container: undefined, mcp_servers: undefined, output_format: undefined })
    const thinking = isFields(body.thinking) ? body.thinking.type : undefined
    if (thinking !== undefined && thinking !== 'disabled')
      unsupported(`thinking of type ${JSON.stringify(thinking)}`)
    const system = body.system === undefined ? '' : wordsOfBlocks(body.system, 'system')
    return {
      model: typeof body.model === 'string' ? body.model : '',
      messages: [
        ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
        ...objects(body.messages, 'messages').flatMap(messagesOf),
      ],
      tools: toolsOf(body),
      stream: body.stream === true,
      maxTokens: wholeNumber(body, 'max_tokens', 1) ?? refuse('max_tokens is missing.'),
      temperature: numberWithin(body, 'temperature', [0, 1]),
      topP: numberWithin(body, 'top_p', [0, 1]),
      topK: wholeNumber(body, 'top_k'),
      stop: stopStrings(body.stop_sequences, 'stop_sequences'),
      logprobs: false,
      streamUsage: true,
      tokenIds: false,
    }
  },
  answer: (reply, facts) => ({
    ...opening(facts),
    content: reply.parts.map(blockOf),
    stop_reason: stopReason(reply),
    stop_sequence: reply.stopString ?? null,
    usage: { input_tokens: facts.promptTokens, output_tokens: reply.tokens.length },
  }),
  stream: messagesStream,
  error: ({ status, message }) => ({
    type: 'error',
    error: { type: ERRORS[status] ?? 'invalid_request_error', message },
  }),
}

const ERRORS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  410: 'not_found_error',
  413: 'request_too_large',
  500: 'api_error',
}

function opening({ id, model }: AnswerFacts): Fields {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', model }
}

/** One message may hold results of tools and words; each result is a message of its own here. */
function messagesOf({ role, content }: Fields): Message[] {
  if (role !== 'user' && role !== 'assistant')
    return refuse(`A message has the role ${JSON.stringify(role)}.`)
  if (typeof content === 'string') {
    if (role === 'user') return [{ role, content }]
    return [{ role, content: content === '' ? [] : [{ type: 'text', text: content }] }]
  }
  const blocks = objects(content, 'content')
  if (role === 'assistant')
    return [{ role, content: blocks.flatMap(assistantPart).filter((part) => !isEmpty(part)) }]
  const results = blocks.filter(({ type }) => type === 'tool_result')
  const others = blocks.filter(({ type }) => type !== 'tool_result')
  return [
    ...results.map((block): Message => ({ role: 'tool', content: [resultOf(block)] })),
    ...(others.length === 0
      ? []
      : [{ role: 'user' as const, content: wordsOfBlocks(others, 'content') }]),
  ]
}

function isEmpty(part: MessagePart): boolean {
  return part.type === 'text' && part.text === ''
}

function assistantPart(block: Fields): MessagePart[] {
  if (block.type === 'text') return [{ type: 'text', text: text(block.text, 'text') }]
  if (block.type === 'thinking')
    return [{ type: 'reasoning', text: text(block.thinking, 'thinking') }]
  if (block.type !== 'tool_use') return unsupported(`Content of type ${JSON.stringify(block.type)}`)
  const name = text(block.name, 'the name of a tool_use')
  return [
    {
      type: 'tool-call',
      name,
      arguments: argumentsOf(block.input ?? {}, `the call of ${name}`),
      ...(typeof block.id === 'string' && { id: block.id }),
    },
  ]
}

function resultOf({ content, tool_use_id: id }: Fields): MessagePart {
  const words = content === undefined || content === null ? '' : wordsOfBlocks(content, 'content')
  return { type: 'tool-result', text: words, ...(typeof id === 'string' && { id }) }
}

function wordsOfBlocks(content: unknown, where: string): string {
  if (typeof content === 'string') return content
  return objects(content, where)
    .map((block) => {
      if (block.type !== 'text') unsupported(`Content of type ${JSON.stringify(block.type)}`)
      return text(block.text, 'text')
    })
    .join('')
}

function toolsOf({ tools, tool_choice: choice }: Fields): CallRequest['tools'] {
  const type = isFields(choice) ? choice.type : 'auto'
  if (type !== 'auto' && type !== 'none') unsupported('tool_choice other than "auto" and "none"')
  if (isFields(choice) && choice.disable_parallel_tool_use === true)
    unsupported('disable_parallel_tool_use')
  if (tools === undefined || tools === null || type === 'none') return []
  return objects(tools, 'tools').map((tool) => {
    if (tool.type !== undefined && tool.type !== 'custom')
      return unsupported(`A tool of type ${JSON.stringify(tool.type)}`)
    return toolOf(tool, tool.input_schema, 'tools[]')
  })
}

function blockOf(part: CallReply['parts'][number]): Fields {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'reasoning') return { type: 'thinking', thinking: part.text, signature: '' }
  return useOf(part)
}

function useOf({ id, name, arguments: input }: ToolCallPart): Fields {
  return { type: 'tool_use', id, name, input }
}

function stopReason({ parts, finish, stopString }: CallReply): string {
  if (parts.some(isCall)) return 'tool_use'
  if (stopString !== undefined) return 'stop_sequence'
  return finish === 'length' ? 'max_tokens' : 'end_turn'
}

function messagesStream(facts: AnswerFacts): StreamWriter {
  let index = -1
  let open: string | undefined
  const send = (type: string, fields: Fields): string => event({ type, ...fields }, type)
  const close = (): string => {
    const closing = open === undefined ? '' : send('content_block_stop', { index })
    open = undefined
    return closing
  }
  const begin = (type: string, block: Fields): string => {
    const closing = close()
    open = type
    index++
    return `${closing}${send('content_block_start', { index, content_block: block })}`
  }
  const deltaOf = (fields: Fields): string => send('content_block_delta', { index, delta: fields })
  return {
    begin: () =>
      send('message_start', {
        message: {
          ...opening(facts),
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: facts.promptTokens, output_tokens: 0 },
        },
      }),
    delta(delta) {
      if (delta.type === 'tool-call') {
        const start = begin('tool-call', { ...useOf(delta), input: {} })
        const json = { type: 'input_json_delta', partial_json: JSON.stringify(delta.arguments) }
        return `${start}${deltaOf(json)}${close()}`
      }
      if (delta.text === '') return ''
      const isText = delta.type === 'text'
      const start =
        open === delta.type ? '' : begin(delta.type, blockOf({ type: delta.type, text: '' }))
      return `${start}${deltaOf(
        isText
          ? { type: 'text_delta', text: delta.text }
          : { type: 'thinking_delta', thinking: delta.text },
      )}`
    },
    end: (reply) =>
      [
        close(),
        send('message_delta', {
          delta: { stop_reason: stopReason(reply), stop_sequence: reply.stopString ?? null },
          usage: { output_tokens: reply.tokens.length },
        }),
        send('message_stop', {}),
      ].join(''),
    fail: ({ message }) => send('error', { error: { type: 'api_error', message } }),
  }
}
