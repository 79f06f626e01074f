import { describe, expect, it } from 'vitest'
import { textOf, type Message, type MessagePart } from '../message.ts'
import type { Renderer } from '../renderer.ts'
import { testRenderer } from './test-renderer.ts'
import { TURN_WORDS, wordRenderer } from './word-renderer.ts'

const words = ['open', 'the', 'door', 'no', 'way', 'think', 'call', 'look', 'tool', 'look_other']
const plain = wordRenderer(words)
const messages = [{ role: 'user', content: 'open the door' }] as const
const observation = { role: 'user', content: 'no way' } as const
const tools = [{ name: 'look', parameters: {} }]
const turn: readonly MessagePart[] = [
  { type: 'reasoning', text: 'way' },
  { type: 'text', text: 'open' },
  { type: 'tool-call', name: 'look', arguments: {} },
]

/** Parts as words: `think way`, `call look`; tools as `tool look` before the messages. */
function withParts(): Renderer {
  const flat = (message: Message): Message => ({
    role: message.role,
    content:
      typeof message.content === 'string'
        ? message.content
        : message.content.map(wordsOf).join(' '),
  })
  return {
    ...plain,
    start: (conversation, { tools: shown = [] } = {}) =>
      plain.start([
        ...shown.map(({ name }): Message => ({ role: 'user', content: `tool ${name}` })),
        ...conversation.map(flat),
      ]),
    parse(tokens) {
      const said = plain.text(tokens).split(' ').filter(Boolean)
      const parts: MessagePart[] = []
      for (let i = 0; i < said.length; i++)
        if (said[i] === 'think') parts.push({ type: 'reasoning', text: said[++i] })
        else if (said[i] === 'call')
          parts.push({ type: 'tool-call', name: said[++i], arguments: {} })
        else if (parts.at(-1)?.type === 'text')
          parts.push({ type: 'text', text: `${textOf({ content: [parts.pop()!] })} ${said[i]}` })
        else parts.push({ type: 'text', text: said[i] })
      return parts
    },
  }
}

function wordsOf(part: MessagePart): string {
  if (part.type === 'reasoning') return `think ${part.text}`
  return part.type === 'tool-call' ? `call ${part.name}` : part.text
}

async function failed(renderer: Renderer, all = true): Promise<string[]> {
  const names: string[] = []
  const parts = all ? { tools, turn } : {}
  for (const { name, run } of testRenderer(renderer, { messages, observation, ...parts }))
    await run().catch(() => names.push(name))
  return names
}

describe('testRenderer', () => {
  it('passes a renderer of words, one of parts, and one without what is optional', async () => {
    expect(await failed(plain, false)).toEqual([])
    expect(await failed(withParts())).toEqual([])
    const { answer: _, ...bare } = plain
    expect(await failed(bare, false)).toEqual([])
  })

  const right = withParts()
  const end = TURN_WORDS.indexOf('<end>')
  it.each<[string, Partial<Renderer>, string]>([
    [
      'forgets all observations but the first',
      { continue: ([first], finish) => right.continue([first], finish) },
      'several observations follow one another',
    ],
    [
      'leaves an answer open',
      { answer: (text) => right.answer!(text).filter((id) => id !== end) },
      'an answer reads back as its words, and ends the turn',
    ],
    [
      'ends an answer twice',
      { answer: (text) => Int32Array.of(...right.answer!(text), end) },
      'an answer reads back as its words, and ends the turn',
    ],
    [
      'answers with other words',
      { answer: (text) => right.answer!(text.replace('way', 'door')) },
      'an answer reads back as its words, and ends the turn',
    ],
    [
      'sees parts in nothing',
      {
        parse: (tokens) =>
          tokens.length === 0 ? [{ type: 'text', text: '' }] : right.parse!(tokens),
      },
      'plain words are one part of text, nothing is none',
    ],
    [
      'cuts plain words into parts',
      {
        parse: (tokens) =>
          plain
            .text(tokens)
            .split(' ')
            .filter(Boolean)
            .map((text) => ({ type: 'text', text })),
      },
      'plain words are one part of text, nothing is none',
    ],
    ['does not show tools', { start: (said) => right.start(said) }, 'tools reach the prompt'],
    [
      'shows tools without their names',
      {
        start: (said, { tools: shown = [] } = {}) =>
          right.start(said, { tools: shown.map((tool) => ({ ...tool, name: 'look' })) }),
      },
      'tools reach the prompt',
    ],
    [
      'loses calls',
      { parse: (tokens) => right.parse!(tokens).filter(({ type }) => type !== 'tool-call') },
      'a turn of parts reads back as it was rendered',
    ],
    [
      'renders another conversation once the turn is there',
      {
        start: (said, shown) => right.start(said, shown).reverse(),
      },
      'a turn of parts reads back as it was rendered',
    ],
    ['does not read parts', { parse: undefined }, 'a turn of parts reads back as it was rendered'],
  ])('fails one that %s', async (_, fault, name) =>
    expect(await failed({ ...right, ...fault })).toContain(name),
  )
})
