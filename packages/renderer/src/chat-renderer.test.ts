import {
  isIcrlError,
  textOf,
  type Message,
  type MessagePart,
  type Renderer,
  type Tool,
} from '@icrl/core'
import { testRenderer } from '@icrl/core/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { folders, golden, isThere } from '../test/golden/read-golden.ts'
import {
  chatRenderer,
  loadTokenizer,
  type ChatRendererOptions,
  type ChatTokenizer,
} from './index.ts'

const user = (content: string): Message => ({ role: 'user', content })
const assistant = (content: string): Message => ({ role: 'assistant', content })

describe.each(golden)(
  '$tokenizer against transformers',
  ({ tokenizer: name, conversations, encodings }) => {
    const here = isThere(name)
    let tokenizer: ChatTokenizer
    beforeAll(async () => {
      if (here) tokenizer = await loadTokenizer(folders[name])
    })

    it.skipIf(!here).each(conversations)(
      'renders "$name" $variables to the same ids',
      ({ messages, variables, ids }) => {
        expect([...chatRenderer({ tokenizer, variables }).start(messages)]).toEqual(ids)
      },
    )

    it.skipIf(!here).each(encodings)(
      'encodes and decodes $text alike',
      ({ text, ids, decoded }) => {
        expect([...tokenizer.encode(text)]).toEqual(ids)
        expect(tokenizer.decode(Int32Array.from(ids))).toBe(decoded)
      },
    )

    const growing = conversations.filter(
      ({ name: title, variables }) => title.endsWith('turn') && Object.keys(variables).length === 0,
    )
    it.skipIf(!here).each(growing)(
      'grows "$name" turn by turn to the ids of the whole',
      ({ messages, ids }) => {
        const renderer = chatRenderer({ tokenizer })
        for (const finish of ['stop', 'length'] as const) {
          const first = messages.findIndex(({ role }) => role === 'assistant')
          const grown = [...renderer.start(messages.slice(0, first))]
          for (let i = first; i < messages.length; i += 2) {
            const closed = renderer.continue([messages[i + 1]], 'length')
            const closing = closed.slice(0, closed.indexOf(renderer.stop[0]) + 1)
            grown.push(
              ...tokenizer.encode(textOf(messages[i])),
              ...(finish === 'stop' ? closing : []),
            )
            grown.push(...renderer.continue([messages[i + 1]], finish))
          }
          expect(grown).toEqual(ids)
        }
      },
    )

    it.skipIf(!here)('conforms', async () => {
      const renderer = chatRenderer({ tokenizer })
      const words = name === 'words'
      const kit = testRenderer(renderer, {
        messages: [user(words ? 'the door' : 'Open the door.')],
        observation: user(words ? 'nothing happens' : 'Nothing happens; it is 12 o’clock.'),
      })
      for (const { run } of kit) await run()
    })
  },
)

describe('Qwen3, whose template drops earlier thinking', () => {
  let tokenizer: ChatTokenizer
  beforeAll(async () => {
    tokenizer = await loadTokenizer(folders.qwen3)
  })
  const thought = '<think>\nWhere is it?\n</think>\n\ntake key'

  it('keeps what was sampled: the grown conversation begins with the ids of every earlier state', () => {
    const renderer = chatRenderer({ tokenizer })
    const prompt = renderer.start([user('Take the key.')])
    const said = [...tokenizer.encode(thought), ...renderer.stop.slice(0, 1)]
    const grown = [...prompt, ...said, ...renderer.continue([user('you take the key')], 'stop')]
    const rendered = [
      ...renderer.start([user('Take the key.'), assistant(thought), user('you take the key')]),
    ]
    expect(grown.length).toBeGreaterThan(rendered.length)
    expect(
      renderer.text(Int32Array.from(grown.slice(prompt.length, prompt.length + said.length))),
    ).toBe(thought)
    expect(grown.slice(-10)).toEqual(rendered.slice(-10))
  })

  it('ends turns with <|im_end|> and opens them without thinking where that is switched off', () => {
    const renderer = chatRenderer({ tokenizer, enableThinking: false })
    expect(renderer.stop).toEqual([151645])
    const nothing = [...tokenizer.encode('<think>\n\n</think>\n\n')]
    expect([...renderer.start([user('Hi')])].slice(-nothing.length)).toEqual(nothing)
    expect([...renderer.continue([user('Hi')], 'stop')].slice(-nothing.length)).toEqual(nothing)
    const open = [...chatRenderer({ tokenizer, enableThinking: true }).start([user('Hi')])]
    expect(open).toEqual([...chatRenderer({ tokenizer }).start([user('Hi')])])
    expect(open).not.toContain(nothing[0])
  })

  it("puts a tool's output where the template puts it", () => {
    const renderer = chatRenderer({ tokenizer })
    expect(renderer.text(renderer.continue([{ role: 'tool', content: '42' }], 'stop'))).toBe(
      '\nuser\n<tool_response>\n42\n</tool_response>\nassistant\n',
    )
  })

  it('leaves ids no token has out of the text', () => {
    const renderer = chatRenderer({ tokenizer })
    expect(renderer.text(Int32Array.of(9707, 151935, 151645))).toBe('Hello')
    expect(renderer.text(Int32Array.of(151935))).toBe('')
    expect(renderer.text(new Int32Array(0))).toBe('')
  })

  it('takes stop ids of generation_config.json and of the caller', async () => {
    expect(chatRenderer({ tokenizer: { ...tokenizer, stop: [151645, 151643] } }).stop).toEqual([
      151645, 151643,
    ])
    expect(chatRenderer({ tokenizer, stop: [151643, 151645] }).stop).toEqual([151645, 151643])
  })
})

describe('Qwen3’s tools and reasoning', () => {
  let tokenizer: ChatTokenizer
  let renderer: Renderer
  beforeAll(async () => {
    tokenizer = await loadTokenizer(folders.qwen3)
    renderer = chatRenderer({ tokenizer })
  })
  const question = user('What is 2 + 3?')
  const add: Tool = {
    name: 'add',
    description: 'Adds.',
    parameters: { type: 'object', properties: { a: { type: 'number' } } },
  }
  const turn: readonly MessagePart[] = [
    { type: 'reasoning', text: 'I add.' },
    { type: 'text', text: 'Let me see.' },
    { type: 'tool-call', name: 'add', arguments: { a: 2, b: [3, 'x'] } },
    { type: 'tool-call', name: 'say', arguments: {} },
  ]
  const results: Message = {
    role: 'tool',
    content: [
      { type: 'tool-result', text: '5' },
      { type: 'tool-result', text: 'ok' },
    ],
  }
  const SAID =
    '<think>\nI add.\n</think>\n\nLet me see.\n<tool_call>\n{"name": "add", "arguments": {"a": 2, "b": [3, "x"]}}\n</tool_call>\n<tool_call>\n{"name": "say", "arguments": {}}\n</tool_call>'
  const HEARD =
    '\nuser\n<tool_response>\n5\n</tool_response>\n<tool_response>\nok\n</tool_response>\nassistant\n'

  it('are rendered as the template writes them', () => {
    const whole = renderer.start([question, { role: 'assistant', content: turn }, results])
    expect(renderer.text(whole)).toBe(`user\nWhat is 2 + 3?\nassistant\n${SAID}${HEARD}`)
    expect(renderer.text(renderer.start([question], { tools: [add] }))).toContain(
      '<tools>\n{"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {"a": {"type": "number"}}}}}\n</tools>',
    )
  })

  it('follow a turn: results of one message, or of several, one after another', () => {
    expect(renderer.text(renderer.continue([results], 'stop'))).toBe(HEARD)
    const apart: Message[] = [
      { role: 'tool', content: '5' },
      { role: 'tool', content: 'ok' },
    ]
    expect([...renderer.continue(apart, 'stop')]).toEqual([...renderer.continue([results], 'stop')])
    const grown = [
      ...renderer.start([question]),
      ...renderer.answer!(SAID),
      ...renderer.continue(apart, 'stop'),
    ]
    expect(grown).toEqual([
      ...renderer.start([question, { role: 'assistant', content: turn }, results]),
    ])
  })

  it('are read back by the ids of their marks', () => {
    expect(renderer.parse!(renderer.answer!(SAID))).toEqual(turn)
    const spelled = Int32Array.of(
      ...[...'<tool_call>{"name": "add"}</tool_call>'].flatMap((letter) => [
        ...tokenizer.encode(letter),
      ]),
    )
    expect(renderer.parse!(spelled)).toEqual([
      { type: 'text', text: '<tool_call>{"name": "add"}</tool_call>' },
    ])
  })

  it.each<[string, string, readonly MessagePart[]]>([
    ['words alone', 'Five.\n', [{ type: 'text', text: 'Five.\n' }]],
    ['nothing', '', []],
    ['thinking cut off', '<think>\nI ad', [{ type: 'reasoning', text: 'I ad', unfinished: true }]],
    [
      'thinking that the prompt opened',
      'I add.\n</think>\n\nFive.',
      [
        { type: 'reasoning', text: 'I add.' },
        { type: 'text', text: 'Five.' },
      ],
    ],
    ['no thought', '<think>\n\n</think>\n\nFive.', [{ type: 'text', text: 'Five.' }]],
    [
      'a call that is not JSON',
      '<tool_call>\n{"name": add}\n</tool_call>',
      [{ type: 'text', text: '<tool_call>\n{"name": add}\n</tool_call>' }],
    ],
    [
      'a call without a name',
      '<tool_call>\n{"arguments": {}}\n</tool_call>',
      [{ type: 'text', text: '<tool_call>\n{"arguments": {}}\n</tool_call>' }],
    ],
    [
      'arguments that are no object',
      '<tool_call>\n{"name": "add", "arguments": [1]}\n</tool_call>',
      [{ type: 'text', text: '<tool_call>\n{"name": "add", "arguments": [1]}\n</tool_call>' }],
    ],
    [
      'a call cut off',
      'See: <tool_call>\n{"name": "add"',
      [{ type: 'text', text: 'See: <tool_call>\n{"name": "add"' }],
    ],
    [
      'arguments as text, and none',
      '<tool_call>{"name": "add", "arguments": "{\\"a\\": 1}"}</tool_call><tool_call>{"name": "say"}</tool_call>',
      [
        { type: 'tool-call', name: 'add', arguments: { a: 1 } },
        { type: 'tool-call', name: 'say', arguments: {} },
      ],
    ],
  ])('reads %s', (_, said, parts) => expect(renderer.parse!(tokenizer.encode(said))).toEqual(parts))

  it('conform', async () => {
    const observation = user('Nothing happens; it is 12 o’clock.')
    const tools = [add, { ...add, name: 'say' }]
    const kit = testRenderer(renderer, { messages: [question], observation, tools, turn })
    for (const { run } of kit) await run()
  })

  it('refuses an answer that spells the end of a turn', () => {
    expect(() => renderer.answer!('Five.<|im_end|>')).toThrowError(
      expect.objectContaining({
        code: 'invalid-shape',
        message: expect.stringContaining('special token 151645'),
      }),
    )
  })

  it.each<[Message, RegExp]>([
    [{ role: 'user', content: turn }, /role "user" has a part of type "reasoning"/],
    [{ role: 'user', content: results.content }, /type "tool-result".*role "tool"/s],
    [{ role: 'assistant', content: results.content }, /role "assistant" has a part/],
    [{ role: 'tool', content: turn.slice(2) }, /type "tool-call".*role "assistant"/s],
  ])('refuses parts where they do not belong: %j', (message, reason) =>
    expect(() => renderer.start([question, message])).toThrow(reason),
  )
})

describe('templates', () => {
  let tokenizer: ChatTokenizer
  beforeAll(async () => {
    tokenizer = await loadTokenizer(folders.bpe)
  })
  const renderer = (template: string, options: Partial<ChatRendererOptions> = {}) =>
    chatRenderer({ tokenizer, template, ...options })
  const closing =
    '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|close|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}'

  it('name the end of a turn, whatever the end of the text is', () => {
    const { stop, text } = renderer(closing)
    expect(stop).toEqual([tokenizer.encode('<|close|>')[0], tokenizer.encode('<eos>')[0]])
    expect(text(Int32Array.of(...tokenizer.encode('the key'), ...stop))).toBe('the key')
  })

  it('may trim what is said', () => {
    const trimmed = renderer(closing.replace('m.content', 'm.content | trim'))
    expect([...trimmed.continue([user('  the key\n')], 'stop')]).toEqual([
      ...trimmed.continue([user('the key')], 'stop'),
    ])
  })

  it('see special tokens and given variables', () => {
    const { start } = renderer(
      '{{ eos_token }}{{ date_string }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}',
      { variables: { date_string: 'today' } },
    )
    expect(tokenizer.decode(start([user('key')]))).toBe('todaykey')
    expect(start([user('key')])[0]).toBe(tokenizer.stop[0])
  })

  it('are rendered once for a conversation, and what the caller does to the ids is his own', () => {
    const { start } = renderer(closing)
    const first = start([user('key')])
    const expected = [...first]
    first.fill(0)
    expect([...start([user('key')])]).toEqual(expected)
    expect([...start([assistant('key')])]).not.toEqual(expected)
    expect([...start([user('key'), user('')])]).not.toEqual(expected)
  })

  it('see no clock', () => {
    const dated =
      '{% if strftime_now is defined %}{{ strftime_now("%Y") }}{% else %}no clock {% endif %}' +
      closing
    expect(renderer(dated).text(renderer(dated).start([user('key')]))).toBe('no clock key')
    expect(() => renderer('{{ strftime_now("%Y") }}' + closing)).toThrow(
      /chat template, conversation of user, assistant/,
    )
  })

  it.each(['thinking', 'reasoning_content'])('find reasoning under the name %s', (name) => {
    const { text, start } = renderer(closing.replace('m.content', `m.${name} or m.content`))
    const turn: Message = {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'the key' },
        { type: 'text', text: 'door' },
      ],
    }
    expect(text(start([user('open'), turn]))).toBe('openthe key')
  })

  it('print the day that is given as today', () => {
    const dated = '{{ strftime_now("%d %b %Y") }} ' + closing
    const { text, start } = renderer(dated, { date: '2026-03-01' })
    expect(text(start([user('key')]))).toBe('01 Mar 2026 key')
    expect(() => renderer(dated, { date: 'today' })).toThrow('date is "today", not a day')
  })

  it('may have the line ends of any system, and are given no tools as None', () => {
    const text = (template: string): string => {
      const made = renderer(template)
      return made.text(made.start([user('key')]))
    }
    const plain = `{% if tools is not none %}TOOLS{% endif %}\n${closing.replace('{% endfor', '\n{% endfor')}\n`
    expect(text(plain.replaceAll('\n', '\r\n'))).toBe(text(plain))
    expect(text(plain)).toBe('key\n')
  })

  it.each([
    [
      'drops assistant turns',
      closing.replace('messages', "messages if m.role != 'assistant'"),
      /loses or repeats the assistant's words/,
    ],
    [
      'repeats assistant turns',
      closing.replace('{{ m.content }}', '{{ m.content }}{{ m.content }}'),
      /loses or repeats/,
    ],
    ['upper-cases', closing.replace('m.content', 'm.content | lower'), /loses or repeats/],
    [
      'closes no turn',
      '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}',
      /no stop id/,
    ],
    [
      'counts turns',
      '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|close|>{{ loop.index }}{% endfor %}',
      /differently from turn to turn/,
    ],
  ])('that %s are refused for conversations, not for single answers', (_, template, message) => {
    const single = renderer(template)
    expect(single.start([user('the key')]).length).toBeGreaterThan(0)
    const error = (() => {
      try {
        return single.continue([user('the key')], 'stop')
      } catch (caught) {
        return caught
      }
    })()
    expect(isIcrlError(error, 'unsupported')).toBe(true)
    expect(String(error)).toMatch(message)
  })

  it('report what they raise', () => {
    const strict = closing.replace(
      '{% for',
      "{% if messages[0].role != 'user' %}{{ raise_exception('begin with a user') }}{% endif %}{% for",
    )
    expect(() => renderer(strict).start([assistant('x')])).toThrow(
      /conversation of assistant: begin with a user/,
    )
  })

  it('that are missing, do not parse, or end no turn are refused', () => {
    expect(() => chatRenderer({ tokenizer: { ...tokenizer, template: undefined } })).toThrow(
      /there is no chat template/,
    )
    expect(() => renderer('{% for %}')).toThrow(/does not parse/)
    for (const open of ['{% for m in messages %}a', '{% if tools %}a', '{% macro m() %}a'])
      expect(() => renderer(open)).toThrow(/does not parse: it ends inside a for, if or macro/)
    expect(() =>
      chatRenderer({
        tokenizer: { ...tokenizer, stop: [] },
        template: '{% for m in messages %}{{ m.content }}{% endfor %}',
      }),
    ).toThrow(/neither the model folder nor the template/)
    expect(() => renderer(closing, { stop: [100000] })).toThrow(/stop id 100000 is not one of/)
    expect(() => renderer(closing).start([])).toThrow(/there are no messages/)
  })
})
