import type { Message, MessagePart, PartDelta, ToolCallPart } from '@icrl/core'
import { refuse, unsupported } from '../refusal.ts'
import {
  event,
  type AnswerFacts,
  type CallReply,
  type CallRequest,
  type Dialect,
  type Recall,
  type StreamWriter,
} from './dialect.ts'
import {
  argumentsOf,
  isFields,
  numberWithin,
  objects,
  refuseFields,
  text,
  toolOf,
  wholeNumber,
  type Fields,
} from './fields.ts'

/**
 * OpenAI's responses. No response is stored: a client sends the whole conversation each time. Within
 * a session it may refer to single items by their ids, as the AI SDK does.
 */
export const responses: Dialect = {
  path: '/v1/responses',
  read(body, recall) {
    refuseFields(body, {
      previous_response_id: undefined,
      conversation: undefined,
      background: false,
      prompt: undefined,
      truncation: 'disabled',
      top_logprobs: 0,
      parallel_tool_calls: true,
      max_tool_calls: undefined,
    })
    const format =
      isFields(body.text) && isFields(body.text.format) ? body.text.format.type : 'text'
    if (format !== 'text') unsupported(`text.format of type ${JSON.stringify(format)}`)
    const include = Array.isArray(body.include) ? body.include : []
    const instructions = typeof body.instructions === 'string' ? body.instructions : ''
    const input =
      typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input
    return {
      model: typeof body.model === 'string' ? body.model : '',
      messages: [
        ...(instructions === '' ? [] : [{ role: 'system' as const, content: instructions }]),
        ...joined(objects(input, 'input').map((item) => messageOf(referred(item, recall)))),
      ],
      tools: toolsOf(body),
      stream: body.stream === true,
      maxTokens: wholeNumber(body, 'max_output_tokens', 1),
      temperature: numberWithin(body, 'temperature', [0, 100]),
      topP: numberWithin(body, 'top_p', [0, 1]),
      stop: [],
      logprobs: include.includes('message.output_text.logprobs'),
      streamUsage: true,
      tokenIds: false,
    }
  },
  answer: (reply, facts) => {
    const items = reply.parts.map((part, i) => itemOf(part, i, facts, 'completed'))
    for (const item of items) facts.keep(String(item.id), item)
    return responseOf(facts, items, reply)
  },
  stream: responsesStream,
  error: ({ message, code }) => ({
    error: { message, type: 'invalid_request_error', param: null, code },
  }),
}

/** Reasoning, words and calls that follow one another are one turn of the assistant. */
function joined(messages: readonly Message[]): Message[] {
  const turns: Message[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (message.role === 'assistant' && last?.role === 'assistant')
      turns[turns.length - 1] = {
        role: 'assistant',
        content: [...(last.content as MessagePart[]), ...(message.content as MessagePart[])],
      }
    else turns.push(message)
  }
  return turns
}

/** The item that a reference stands for. */
function referred(item: Fields, recall: Recall): Fields {
  if (item.type !== 'item_reference') return item
  const id = text(item.id, 'the id of an item_reference')
  return recall(id) ?? refuse(`There is no item ${id}: send the item itself.`)
}

function messageOf(item: Fields): Message {
  if (item.type === 'function_call') {
    const name = text(item.name, 'the name of a function_call')
    const call: ToolCallPart = {
      type: 'tool-call',
      name,
      arguments: argumentsOf(item.arguments ?? '{}', `the call of ${name}`),
      ...(typeof item.call_id === 'string' && { id: item.call_id }),
    }
    return { role: 'assistant', content: [call] }
  }
  if (item.type === 'function_call_output') {
    const id = typeof item.call_id === 'string' ? item.call_id : undefined
    const result = { type: 'tool-result' as const, text: contentOf(item.output) }
    return { role: 'tool', content: [{ ...result, ...(id !== undefined && { id }) }] }
  }
  if (item.type === 'reasoning') {
    const summary = objects(item.summary ?? [], 'summary').map((part) => text(part.text, 'text'))
    const words = summary.join('')
    return { role: 'assistant', content: words === '' ? [] : [{ type: 'reasoning', text: words }] }
  }
  if (item.type !== undefined && item.type !== 'message')
    return unsupported(`An input of type ${JSON.stringify(item.type)}`)
  const words = contentOf(item.content)
  if (item.role === 'assistant')
    return { role: 'assistant', content: words === '' ? [] : [{ type: 'text', text: words }] }
  if (item.role === 'user') return { role: 'user', content: words }
  if (item.role === 'system' || item.role === 'developer') return { role: 'system', content: words }
  return refuse(`A message has the role ${JSON.stringify(item.role)}.`)
}

function contentOf(content: unknown): string {
  if (typeof content === 'string') return content
  return objects(content, 'content')
    .map((part) => {
      if (part.type === 'refusal') return text(part.refusal, 'refusal')
      if (part.type !== 'input_text' && part.type !== 'output_text' && part.type !== 'text')
        unsupported(`Content of type ${JSON.stringify(part.type)}`)
      return text(part.text, 'text')
    })
    .join('')
}

function toolsOf({ tools, tool_choice: choice }: Fields): CallRequest['tools'] {
  if (choice !== undefined && choice !== null && choice !== 'auto' && choice !== 'none')
    unsupported('tool_choice other than "auto" and "none"')
  if (tools === undefined || tools === null || choice === 'none') return []
  return objects(tools, 'tools').map((tool) =>
    tool.type === 'function'
      ? toolOf(tool, tool.parameters, 'tools[]')
      : unsupported(`A tool of type ${JSON.stringify(tool.type)}`),
  )
}

type Status = 'in_progress' | 'completed'

function responseOf(
  { id, created, model, request, promptTokens }: AnswerFacts,
  output: readonly Fields[],
  reply?: CallReply,
): Fields {
  const isCut = reply?.finish === 'length'
  const outputTokens = reply?.tokens.length ?? 0
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: created,
    status: reply === undefined ? 'in_progress' : isCut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: true,
    temperature: request.temperature ?? null,
    tool_choice: 'auto',
    tools: request.tools.map((tool) => ({ type: 'function', ...tool, strict: false })),
    top_p: request.topP ?? null,
    usage:
      reply === undefined
        ? null
        : {
            input_tokens: promptTokens,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: outputTokens,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: promptTokens + outputTokens,
          },
  }
}

function itemOf(part: PartDelta, index: number, { id }: AnswerFacts, status: Status): Fields {
  if (part.type === 'tool-call')
    return {
      type: 'function_call',
      id: `fc_${id}_${index}`,
      call_id: part.id,
      name: part.name,
      arguments: status === 'completed' ? JSON.stringify(part.arguments) : '',
      status,
    }
  const isOpen = status === 'in_progress'
  if (part.type === 'reasoning')
    return {
      type: 'reasoning',
      id: `rs_${id}_${index}`,
      summary: isOpen ? [] : [{ type: 'summary_text', text: part.text }],
    }
  return {
    type: 'message',
    id: `msg_${id}_${index}`,
    role: 'assistant',
    status,
    content: isOpen ? [] : [outputText(part.text)],
  }
}

function outputText(words: string): Fields {
  return { type: 'output_text', text: words, annotations: [], logprobs: [] }
}

function responsesStream(facts: AnswerFacts): StreamWriter {
  let sequence = 0
  const done: Fields[] = []
  let open: { readonly type: 'text' | 'reasoning'; words: string } | undefined
  const send = (type: string, fields: Fields): string =>
    event({ type, sequence_number: sequence++, ...fields }, type)
  const finished = (item: Fields): void => {
    facts.keep(String(item.id), item)
    done.push(item)
  }
  const place = (): Fields => ({ output_index: done.length })
  const partPlace = (type: 'text' | 'reasoning', item: Fields): Fields => ({
    item_id: item.id,
    ...place(),
    ...(type === 'text' ? { content_index: 0 } : { summary_index: 0 }),
  })
  const begin = (type: 'text' | 'reasoning'): string => {
    open = { type, words: '' }
    const item = itemOf({ type, text: '' }, done.length, facts, 'in_progress')
    const part = type === 'text' ? outputText('') : { type: 'summary_text', text: '' }
    const added = type === 'text' ? 'content_part' : 'reasoning_summary_part'
    return [
      send('response.output_item.added', { ...place(), item }),
      send(`response.${added}.added`, { ...partPlace(type, item), part }),
    ].join('')
  }
  const close = (): string => {
    if (open === undefined) return ''
    const { type, words } = open
    open = undefined
    const item = itemOf({ type, text: words }, done.length, facts, 'completed')
    const at = partPlace(type, item)
    const [said, part] =
      type === 'text'
        ? ['output_text', 'content_part']
        : ['reasoning_summary_text', 'reasoning_summary_part']
    const whole = type === 'text' ? outputText(words) : { type: 'summary_text', text: words }
    const closing = [
      send(`response.${said}.done`, {
        ...at,
        text: words,
        ...(type === 'text' && { logprobs: [] }),
      }),
      send(`response.${part}.done`, { ...at, part: whole }),
      send('response.output_item.done', { ...place(), item }),
    ].join('')
    finished(item)
    return closing
  }
  const call = (part: ToolCallPart): string => {
    const item = itemOf(part, done.length, facts, 'completed')
    const at = { item_id: item.id, ...place() }
    const written = { arguments: item.arguments }
    const events = [
      send('response.output_item.added', {
        ...place(),
        item: itemOf(part, done.length, facts, 'in_progress'),
      }),
      send('response.function_call_arguments.delta', { ...at, delta: item.arguments }),
      send('response.function_call_arguments.done', { ...at, name: part.name, ...written }),
      send('response.output_item.done', { ...place(), item }),
    ].join('')
    finished(item)
    return events
  }
  return {
    begin: () =>
      send('response.created', { response: responseOf(facts, []) }) +
      send('response.in_progress', { response: responseOf(facts, []) }),
    delta(delta) {
      if (delta.type === 'tool-call') return close() + call(delta)
      if (delta.text === '') return ''
      const start = open?.type === delta.type ? '' : close() + begin(delta.type)
      open!.words += delta.text
      const name = delta.type === 'text' ? 'output_text' : 'reasoning_summary_text'
      const item = itemOf(delta, done.length, facts, 'in_progress')
      const more = delta.type === 'text' ? { logprobs: [] } : {}
      return (
        start +
        send(`response.${name}.delta`, {
          ...partPlace(delta.type, item),
          delta: delta.text,
          ...more,
        })
      )
    },
    end(reply) {
      const closing = close()
      const name = reply.finish === 'length' ? 'response.incomplete' : 'response.completed'
      return closing + send(name, { response: responseOf(facts, done, reply) })
    },
    fail: ({ message, code }) => send('error', { message, code, param: null }),
  }
}
