import type { Message } from '../message.ts'
import type { Renderer } from '../renderer.ts'
import type { Check } from './check.ts'
import { expect, sameValues } from './expect.ts'

/** Options of {@link testRenderer}. */
export interface TestRendererOptions {
  readonly messages: readonly Message[]
  /** An observation that may follow an assistant turn. */
  readonly observation: Message
}

/**
 * What every `Renderer` must satisfy: deterministic ids inside the vocabulary, a continuation that
 * closes a turn cut off at its limit, text without stop tokens.
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
            renderer.start([{ ...first, content: `${first.content} ${first.content}` }, ...rest]),
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
        const words = options.observation.content.split(/\s+/).filter(Boolean)
        const text = renderer.text(renderer.continue([options.observation], 'stop'))
        expect(
          words.every((word) => text.includes(word)),
          `"${text}" has not all of ${words.join(', ')}`,
        )
      },
    },
  ]
}
