import { joinParts, textOf, type Message, type MessagePart, type Tool } from '../message.ts'
import type { Renderer } from '../renderer.ts'
import type { Check } from './check.ts'
import { expect, sameValues } from './expect.ts'

/** Options of {@link testRenderer}. */
export interface TestRendererOptions {
  /** A conversation that the renderer can write. */
  readonly messages: readonly Message[]
  /** An observation that may follow an assistant turn. */
  readonly observation: Message
  /** Tools, for a renderer that shows them. @defaultValue not tried */
  readonly tools?: readonly Tool[]
  /**
   * A turn of reasoning, text and calls that the assistant may take after `messages`, for a
   * renderer that reads them back.
   *
   * @defaultValue not tried
   */
  readonly turn?: readonly MessagePart[]
}

/**
 * What every `Renderer` must satisfy: deterministic ids inside the vocabulary, a continuation that
 * closes a turn cut off at its limit and takes several observations, text without stop tokens;
 * answers and parts that read back as they were, where it has them.
 *
 * @example
 * import type { Renderer } from '@icrl/core'
 * import { it } from 'vitest'
 *
 * declare const renderer: Renderer // yours
 * const messages = [{ role: 'user', content: 'Open the drawer.' }] as const
 * const observation = { role: 'user', content: 'It is locked.' } as const
 * for (const { name, run } of testRenderer(renderer, { messages, observation })) it(name, run)
 */
export function testRenderer(renderer: Renderer, options: TestRendererOptions): Check[] {
  const inVocabulary = (ids: Int32Array, what: string): void =>
    expect(
      ids.length > 0 &&
        ids.every((id) => Number.isInteger(id) && id >= 0 && id < renderer.vocabularySize),
      `${what}: ids ${ids.slice(0, 16)}`,
    )
  return [
    {
      name: 'a prompt has ids of the vocabulary, the same each time',
      run: async () => {
        const ids = renderer.start(options.messages)
        inVocabulary(ids, 'start')
        expect(sameValues(ids, renderer.start(options.messages)), 'a second rendering differed')
      },
    },
    {
      name: 'another message gives another prompt',
      run: async () => {
        const [first, ...rest] = options.messages
        const ids = renderer.start(options.messages)
        expect(
          !sameValues(
            ids,
            renderer.start([{ ...first, content: `${textOf(first)} ${textOf(first)}` }, ...rest]),
          ),
          'the content does not reach the ids',
        )
      },
    },
    {
      name: 'glue closes a turn that did not close itself',
      run: async () => {
        const closed = renderer.continue([options.observation], 'stop')
        const open = renderer.continue([options.observation], 'length')
        inVocabulary(closed, 'continue')
        expect(
          open.length >= closed.length &&
            sameValues(open.slice(open.length - closed.length), closed),
          `after a stop ${closed}, after the limit ${open}`,
        )
        expect(
          renderer.stop.some((id) => open.slice(0, open.length - closed.length).includes(id)),
          'a turn cut off at its limit is not closed by a stop id',
        )
      },
    },
    {
      name: 'stop ids are known and do not show in the text',
      run: async () => {
        inVocabulary(Int32Array.from(renderer.stop), 'stop')
        const body = renderer.continue([options.observation], 'stop')
        expect(
          renderer.text(Int32Array.of(...body, renderer.stop[0])) === renderer.text(body),
          'a stop id shows in the text',
        )
      },
    },
    {
      name: 'text keeps the words of an observation',
      run: async () => {
        const words = textOf(options.observation).split(/\s+/).filter(Boolean)
        const text = renderer.text(renderer.continue([options.observation], 'stop'))
        expect(
          words.every((word) => text.includes(word)),
          `"${text}" has not all of ${words.join(', ')}`,
        )
      },
    },
    {
      name: 'several observations follow one another',
      run: async () => {
        const { observation } = options
        const countIn = (text: string): number => text.split(firstWord(observation)).length - 1
        const once = renderer.continue([observation], 'stop')
        const twice = renderer.continue([observation, observation], 'stop')
        inVocabulary(twice, 'continue with two observations')
        expect(
          countIn(renderer.text(twice)) >= 2 * countIn(renderer.text(once)),
          `"${renderer.text(twice)}" has not both observations`,
        )
      },
    },
    {
      name: 'an answer reads back as its words, and ends the turn',
      run: async () => {
        if (!renderer.answer) return
        const words = textOf(options.observation)
        const ids = renderer.answer(words)
        inVocabulary(ids, 'answer')
        expect(renderer.text(ids) === words, `"${renderer.text(ids)}", not "${words}"`)
        const ends = Array.from(ids, (id) => renderer.stop.includes(id))
        expect(
          ends.indexOf(true) === ids.length - 1,
          `stop ids at ${ends.flatMap((end, t) => (end ? [t] : []))} of ${ids.length}`,
        )
      },
    },
    {
      name: 'plain words are one part of text, nothing is none',
      run: async () => {
        if (!renderer.parse) return
        const nothing = renderer.parse(new Int32Array(0))
        expect(nothing.length === 0, `no ids have the parts ${JSON.stringify(nothing)}`)
        if (!renderer.answer) return
        const text = textOf(options.observation)
        const parts = renderer.parse(renderer.answer(text))
        expect(same(parts, [{ type: 'text', text }]), `parts ${JSON.stringify(parts)}`)
      },
    },
    {
      name: 'tools reach the prompt',
      run: async () => {
        const { messages, tools } = options
        if (!tools) return
        const ids = renderer.start(messages, { tools })
        inVocabulary(ids, 'start with tools')
        expect(!sameValues(ids, renderer.start(messages)), 'tools change nothing')
        const renamed = tools.map((tool) => ({ ...tool, name: `${tool.name}_other` }))
        expect(
          !sameValues(ids, renderer.start(messages, { tools: renamed })),
          'the name of a tool does not reach the ids',
        )
      },
    },
    {
      name: 'a turn of parts reads back as it was rendered',
      run: async () => {
        const { messages, observation, turn } = options
        if (!turn) return
        expect(renderer.parse !== undefined, 'a renderer without parse')
        const prompt = renderer.start(messages)
        const said: Message = { role: 'assistant', content: turn }
        const whole = renderer.start([...messages, said, { ...observation, role: 'tool' }])
        expect(
          sameValues(whole.slice(0, prompt.length), prompt),
          'the conversation does not begin with its prompt',
        )
        const rest = whole.slice(prompt.length)
        const end = rest.findIndex((id) => renderer.stop.includes(id))
        const ids = rest.slice(0, end)
        const { tools } = options
        const parts = renderer.parse(ids, { tools })
        expect(same(parts, turn), `parts ${JSON.stringify(parts)}`)
        const reader = renderer.read?.({ tools })
        if (!reader) return
        const deltas = [...ids].flatMap((id) => reader.push(id))
        const read = joinParts([...deltas, ...reader.end()])
        expect(same(read, turn), `read one by one, parts ${JSON.stringify(read)}`)
      },
    },
  ]
}

function firstWord(message: Message): string {
  return textOf(message).split(/\s+/).filter(Boolean)[0]
}

/** Equal as JSON with keys in order. */
function same(a: readonly MessagePart[], b: readonly MessagePart[]): boolean {
  const written = (parts: readonly MessagePart[]): string =>
    JSON.stringify(parts.map((part) => Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1))))
  return written(a) === written(b)
}
