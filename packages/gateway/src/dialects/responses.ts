import type { Message, MessagePart, PartDelta, ToolCallPart } from '@icrl/core'
import { refuse, unsupported, type Refusal } from '../refusal.ts'
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
  return new ResponsesWriter(facts)
}

/** Words of one kind under way, and the names that the dialect has for them. */
interface OpenItem {
  readonly type: 'text' | 'reasoning'
  words: string
}

const NAMES = {
  text: { part: 'content_part', words: 'output_text', index: 'content_index' },
  reasoning: {
    part: 'reasoning_summary_part',
    words: 'reasoning_summary_text',
    index: 'summary_index',
  },
} as const

class ResponsesWriter implements StreamWriter {
  readonly #facts: AnswerFacts
  readonly #done: Fields[] = []
  #sequence = 0
  #open: OpenItem | undefined

  constructor(facts: AnswerFacts) {
    this.#facts = facts
  }

  begin(): string {
    const response = responseOf(this.#facts, [])
    return (
      this.#send('response.created', { response }) +
      this.#send('response.in_progress', { response })
    )
  }

  delta(delta: PartDelta): string {
    if (delta.type === 'tool-call') return this.#close() + this.#call(delta)
    if (delta.text === '') return ''
    const start = this.#open?.type === delta.type ? '' : this.#close() + this.#begin(delta.type)
    this.#open!.words += delta.text
    return (
      start +
      this.#send(`response.${NAMES[delta.type].words}.delta`, {
        ...this.#place(delta),
        delta: delta.text,
        ...(delta.type === 'text' && { logprobs: [] }),
      })
    )
  }

  end(reply: CallReply): string {
    const closing = this.#close()
    const name = reply.finish === 'length' ? 'response.incomplete' : 'response.completed'
    const response = responseOf(this.#facts, this.#done, reply)
    return closing + this.#send(name, { response })
  }

  fail({ message, code }: Refusal): string {
    return this.#send('error', { message, code, param: null })
  }

  #send(type: string, fields: Fields): string {
    return event({ type, sequence_number: this.#sequence++, ...fields }, type)
  }

  #item(part: PartDelta, status: Status): Fields {
    return itemOf(part, this.#done.length, this.#facts, status)
  }

  /** Where the words of a part are. */
  #place(part: Exclude<PartDelta, ToolCallPart>): Fields {
    const { id } = this.#item(part, 'in_progress')
    return { item_id: id, output_index: this.#done.length, [NAMES[part.type].index]: 0 }
  }

  #begin(type: OpenItem['type']): string {
    this.#open = { type, words: '' }
    const empty = { type, text: '' }
    const item = this.#item(empty, 'in_progress')
    return (
      this.#send('response.output_item.added', { output_index: this.#done.length, item }) +
      this.#send(`response.${NAMES[type].part}.added`, {
        ...this.#place(empty),
        part: partOf(empty),
      })
    )
  }

  #close(): string {
    if (this.#open === undefined) return ''
    const { type, words } = this.#open
    this.#open = undefined
    const whole = { type, text: words }
    const at = this.#place(whole)
    const logprobs = type === 'text' ? { logprobs: [] } : {}
    return [
      this.#send(`response.${NAMES[type].words}.done`, { ...at, text: words, ...logprobs }),
      this.#send(`response.${NAMES[type].part}.done`, { ...at, part: partOf(whole) }),
      this.#finish(this.#item(whole, 'completed')),
    ].join('')
  }

  #call(part: ToolCallPart): string {
    const item = this.#item(part, 'completed')
    const at = { item_id: item.id, output_index: this.#done.length }
    const { arguments: written } = item
    return [
      this.#send('response.output_item.added', {
        output_index: this.#done.length,
        item: this.#item(part, 'in_progress'),
      }),
      this.#send('response.function_call_arguments.delta', { ...at, delta: written }),
      this.#send('response.function_call_arguments.done', {
        ...at,
        name: part.name,
        arguments: written,
      }),
      this.#finish(item),
    ].join('')
  }

  #finish(item: Fields): string {
    const done = this.#send('response.output_item.done', { output_index: this.#done.length, item })
    this.#facts.keep(String(item.id), item)
    this.#done.push(item)
    return done
  }
}

function partOf({ type, text: words }: Exclude<PartDelta, ToolCallPart>): Fields {
  return type === 'text' ? outputText(words) : { type: 'summary_text', text: words }
}
