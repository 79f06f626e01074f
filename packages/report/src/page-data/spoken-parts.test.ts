import { describe, expect, it } from 'vitest'
import { spokenParts } from './spoken-parts.ts'

describe('spokenParts', () => {
  const call = { type: 'tool-call', name: 'add', arguments: { a: 1 }, id: 'c1' } as const
  const dialogue = {
    tools: [],
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Sum?' },
      { role: 'assistant', content: [{ type: 'text', text: '' }, call] },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', text: '2', id: 'c1' },
          { type: 'tool-result', text: '', name: 'look' },
          { type: 'tool-result', text: 'lost' },
        ],
      },
      { role: 'assistant', content: 'It is 2.' },
    ],
  } as const

  it('names each tool that answers by its call, and leaves out empty words', () => {
    expect(spokenParts(dialogue, 100)).toEqual([
      { by: 'system', text: 'Be brief.' },
      { by: 'user', text: 'Sum?' },
      { by: 'call', tool: 'add', text: '{"a":1}' },
      { by: 'tool', tool: 'add', text: '2' },
      { by: 'tool', tool: 'look', text: '' },
      { by: 'tool', text: 'lost' },
      { by: 'assistant', text: 'It is 2.' },
    ])
  })

  it('cuts what the page has no room for, and says how much', () => {
    const [first, second, third] = spokenParts(dialogue, 11)
    expect([first.text, second.text, third.text]).toEqual([
      'Be brief.',
      'Su… (2 more characters)',
      '… (7 more characters)',
    ])
  })
})
