import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  joinParts,
  type Json,
  type Message,
  type MessagePart,
  type Renderer,
  type Tool,
} from '@icrl/core'
import { testRenderer } from '@icrl/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folders } from '../../test/golden/read-golden.ts'
import { chatRenderer } from '../chat-renderer.ts'
import { createTokenizer, type ChatTokenizer } from '../create-tokenizer.ts'
import { readWords } from '../read-words.ts'

const here = (name: string): Buffer => readFileSync(new URL(`../../test/${name}`, import.meta.url))
const sources: Readonly<Record<string, string>> = JSON.parse(
  gunzipSync(here('templates/sources.json.gz')).toString(),
)
const { tools, conversations, cases } = JSON.parse(here('tools/tools.json').toString()) as {
  readonly tools: readonly Tool[]
  readonly conversations: Readonly<Record<string, readonly Message[]>>
  readonly cases: readonly {
    readonly template: string
    readonly name: string
    readonly tools: boolean
    readonly text: string
  }[]
}

const file = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folders.qwen3, name), 'utf8'))
const added = (file('tokenizer.json').added_tokens ?? []) as { id: number }[]
/** Qwen3's vocabulary with the tokens that Llama's templates write. */
function tokenizerOf(further: readonly string[]): ChatTokenizer {
  const tokens = further.map((content, i) => ({
    ...added[0],
    id: 151_700 + i,
    content,
    special: true,
  }))
  return createTokenizer({
    tokenizer: { ...file('tokenizer.json'), added_tokens: [...added, ...tokens] },
    tokenizerConfig: file('tokenizer_config.json'),
  })
}
const tokenizer = tokenizerOf(['<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'])
const rendererOf = (template: string): Renderer =>
  chatRenderer({
    tokenizer,
    template,
    variables: { date_string: '1 Jan 2026', bos_token: '' },
  })

const PLAIN =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
const FORMATS = {
  'hermes-json': sources['trl/qwen2_5.jinja'],
  'hermes-json with reasoning': sources['trl/qwen3.jinja'],
  'qwen-xml': sources['vllm/examples/tool_chat_template_qwen3coder.jinja'],
  'qwen-xml after open reasoning': sources['trl/qwen3_5_think.jinja'],
  'llama-json': sources['trl/llama3_1.jinja'],
  'plain-json': PLAIN,
}

describe("transformers' renderings with tools", () => {
  it.each([...new Set(cases.map(({ template }) => template))])('%s', (template) => {
    const renderer = rendererOf(sources[template])
    for (const { name, tools: shown, text } of cases.filter((each) => each.template === template)) {
      const ids = renderer.start(conversations[name], { tools: shown ? tools : [] })
      expect([...ids], `${name}, tools ${shown}`).toEqual([...tokenizer.encode(text)])
    }
  })

  it.each([...new Set(cases.map(({ template }) => template))])(
    '%s reads its own call',
    (template) => {
      const renderer = rendererOf(sources[template])
      const conversation = conversations['call and result']
      expect(spoken(renderer, conversation[1].content as MessagePart[])).toEqual([
        { type: 'tool-call', name: 'lookup', arguments: callOf(conversation) },
      ])
    },
  )
})

function callOf([, turn]: readonly Message[]): unknown {
  const [call] = turn.content as MessagePart[]
  return call.type === 'tool-call' && call.arguments
}

/** What a renderer reads of a turn that its template wrote, at once and id by id. */
function spoken(renderer: Renderer, turn: readonly MessagePart[]): readonly MessagePart[] {
  const question: Message = { role: 'user', content: 'q' }
  const prompt = renderer.start([question], { tools })
  const whole = renderer.start(
    [question, { role: 'assistant', content: turn }, { role: 'tool', content: 'r' }],
    { tools },
  )
  const ids = whole.slice(prompt.length)
  const said = ids.slice(0, ids.findIndex((id) => renderer.stop.includes(id)) + 1)
  const parts = renderer.parse!(said, { tools })
  const reader = renderer.read!({ tools })
  const deltas = [...said].flatMap((id) => reader.push(id))
  expect(joinParts([...deltas, ...reader.end()])).toEqual(parts)
  return parts
}

/** As Qwen's tokenizer normalizes it: text to ids is no bijection. */
const words = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.normalize('NFC'))
/** No mark of a format, and no white space that templates strip. */
const safe = words.map((text) => text.replace(/[<>]/g, '').trim())
const json: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })
  .map((value) => JSON.parse(JSON.stringify(value).normalize('NFC')) as Json)
const calls = fc.oneof(
  fc.record({
    type: fc.constant('tool-call' as const),
    name: fc.constant('lookup'),
    arguments: fc.record(
      { name: safe, exact: fc.boolean(), limit: fc.option(fc.integer()) },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    type: fc.constant('tool-call' as const),
    name: fc.constant('add'),
    arguments: fc.record({
      numbers: fc.array(fc.integer({ min: -1e6, max: 1e6 })),
      options: fc.dictionary(
        safe.filter((key) => /^\w+$/.test(key)),
        json,
        { maxKeys: 2 },
      ),
    }),
  }),
)

describe.each(Object.entries(FORMATS))('%s', (name, template) => {
  const renderer = rendererOf(template)
  const tidy = (parts: readonly MessagePart[]): unknown =>
    JSON.parse(JSON.stringify(parts).replaceAll('</', '<'))

  it('reads every call as it was written', () => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(tidy(spoken(renderer, [call]))).toEqual(tidy([call]))
      }),
      { numRuns: 60 },
    )
  })

  it('marks a tool that was not offered, or leaves it in words', () => {
    const call: MessagePart = { type: 'tool-call', name: 'erase', arguments: { all: 'yes' } }
    const [part] = spoken(renderer, [call])
    if (name === 'llama-json') expect(part.type).toBe('text')
    else expect(part).toEqual({ ...call, unknown: true })
  })

  it('is no call where words spell it, and the vocabulary has a token for the mark', () => {
    const text = '<tool_call>\n{"name": "lookup", "arguments": {}}\n</tool_call>'
    const letters = [...text].flatMap((letter) => [...tokenizer.encode(letter)])
    expect(
      renderer.parse!(Int32Array.from(letters), { tools }).some(({ type }) => type === 'tool-call'),
    ).toBe(false)
  })

  it('conforms', async () => {
    const kit = testRenderer(renderer, {
      messages: [{ role: 'user', content: 'How old is Ann?' }],
      observation: { role: 'user', content: 'She is 31 years old.' },
      tools,
    })
    for (const { name: check, run } of kit)
      if (!(name.includes('open reasoning') && /answer|plain words/.test(check))) await run()
  })
})

describe('reasoning that the prompt opens', () => {
  const renderer = rendererOf(sources['trl/qwen3_5_think.jinja'])
  const parse = (text: string): readonly MessagePart[] => renderer.parse!(tokenizer.encode(text))

  it('is told from the answer, and flagged where it was cut off', () => {
    expect(parse('Let me\nsee.\n</think>\n\nFive.')).toEqual([
      { type: 'reasoning', text: 'Let me\nsee.' },
      { type: 'text', text: 'Five.' },
    ])
    expect(parse('Let me see')).toEqual([
      { type: 'reasoning', text: 'Let me see', unfinished: true },
    ])
  })
})

describe('calls in words, for a vocabulary without the marks', () => {
  const { tokenizer: bpe } = { tokenizer: createTokenizer(bpeFiles()) }
  const template =
    '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|close|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}'
  const renderer = chatRenderer({ tokenizer: bpe, template })
  const said =
    'See.\n<tool_call>\n{"name": "add", "arguments": {"numbers": [1]}}\n</tool_call>\n<tool_call>{"name": 1}</tool_call> <tool'

  it('are read where tools were offered, also letter by letter', () => {
    const expected = [
      { type: 'text', text: 'See.' },
      { type: 'tool-call', name: 'add', arguments: { numbers: [1] } },
      { type: 'text', text: '<tool_call>{"name": 1}</tool_call> <tool' },
    ]
    expect(renderer.parse!(bpe.encode(said), { tools })).toEqual(expected)
    const reader = renderer.read!({ tools })
    const letters = [...said].flatMap((letter) => [...bpe.encode(letter)])
    const deltas = letters.flatMap((id) => reader.push(id))
    expect(joinParts([...deltas, ...reader.end()])).toEqual(expected)
    expect(renderer.parse!(bpe.encode(said))).toEqual([{ type: 'text', text: said }])
  })

  it('are explained in the system message, and results follow in words or in a role of their own', () => {
    const prompt = renderer.text(renderer.start([{ role: 'user', content: 'Sum?' }], { tools }))
    expect(prompt).toContain('{"type":"function","function":{"name":"add","description":"Adds."')
    expect(prompt.endsWith('Sum?')).toBe(true)
    const results: Message = { role: 'tool', content: [{ type: 'tool-result', text: '5' }] }
    expect(renderer.text(renderer.continue([results], 'stop'))).toBe('5')
    const strict = `{% for m in messages %}{% if m.role not in ['user', 'assistant'] %}{{ raise_exception('no ' + m.role) }}{% endif %}{% endfor %}${template}`
    const without = chatRenderer({ tokenizer: bpe, template: strict })
    expect(without.text(without.continue([results, results], 'stop'))).toBe(
      '<tool_response>\n5\n</tool_response>\n<tool_response>\n5\n</tool_response>',
    )
    expect(without.text(without.start([{ role: 'user', content: 'Sum?' }], { tools }))).toMatch(
      /^Sum\?\n\n# Tools/,
    )
  })
})

function bpeFiles() {
  const read = (name: string) => JSON.parse(readFileSync(join(folders.bpe, name), 'utf8'))
  return { tokenizer: read('tokenizer.json'), tokenizerConfig: read('tokenizer_config.json') }
}

describe('readWords', () => {
  it('gives what decode gives, whatever the ids', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 151_642 }), { maxLength: 30 }), (ids) => {
        const reader = readWords(tokenizer.decode)
        const text = ids.map((id) => reader.push(id)).join('') + reader.end()
        expect(text).toBe(tokenizer.decode(Int32Array.from(ids)))
      }),
      { numRuns: 200 },
    )
  })
})
