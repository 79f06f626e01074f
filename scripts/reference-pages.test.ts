import { describe, expect, it } from 'vitest'
// @ts-expect-error a module in JavaScript, without declarations
import { finishPage, oneCode } from '../website/reference-pages.mjs'

const finish = finishPage as (text: string) => string
const page = (...rows: string[]): string[] =>
  finish(
    [
      '# Interface: A\\<T *extends* [`Task`](Task.md)\\>',
      '',
      '| Property | Type | Default value | Description |',
      '| :------ | :------ | :------ | :------ |',
      ...rows,
    ].join('\n'),
  )
    .split('\n')
    .slice(9)

describe('a page of the reference', () => {
  it('has the room of the outline, unless it is a class, and a title without types', () => {
    expect(finish('# Interface: A\\<T *extends* [`Task`](Task.md)\\>\n')).toBe(
      '---\npageClass: reference\naside: false\n---\n\n# Interface: A\n',
    )
    expect(finish('# Class: A\n')).toContain('aside: true')
  })

  it('leaves a union of many lines in a signature, set in as its other lines are', () => {
    expect(finish('```ts\ntype A = () => \n  | B\n| C;\n```\n')).toContain(
      '```ts\ntype A = () => \n  | B\n  | C;\n```\n',
    )
  })

  it('says what must be given, and sets a default in words as words', () => {
    expect(
      page(
        '| `a` | `number` | `undefined` | A. |',
        '| `b?` | `number` | `undefined` | B. |',
        "| `c?` | `number` | `a step's own, if *any*` | C. |",
        '| `d?` | `() => T` | `() => new Date()` | D \\| d. |',
        '| `e?` | `string` | `none` | `[mem]` |',
      ),
    ).toEqual([
      '| `a` | <code v-pre>number</code> | required | A. |',
      '| `b?` | <code v-pre>number</code> | – | B. |',
      "| `c?` | <code v-pre>number</code> | a step's own, if \\*any\\* | C. |",
      '| `d?` | <code v-pre>() =&gt; T</code> | `() => new Date()` | D \\| d. |',
      '| `e?` | <code v-pre>string</code> | `none` | [\\[mem\\]](/glossary#where-a-rule-is-from) |',
      '',
    ])
  })

  it.each([
    ['`Map`\\<`string`, [`A`](A.md)[]\\>', 'Map\\<string, [A](A.md)[]\\>'],
    ['\\| `"a_b"` \\| [`B`](b.md)', '"a\\_b" \\| [B](b.md)'],
    [
      '(`a`: `T`) => \\| `number` \\| `Promise`\\< \\| `A`\\>',
      '(a: T) => number \\| Promise\\<A\\>',
    ],
    ['readonly `{ a: "<&" }`[]', 'readonly { a: "&lt;&amp;" }[]'],
  ])('has %s as one piece of code', (type, code) => {
    expect((oneCode as (text: string) => string)(type)).toBe(`<code v-pre>${code}</code>`)
  })

  it('links to no file outside the repository', () => {
    expect(
      finish(
        '# Class: A\n\nDefined in: [website/node_modules/a.d.ts:3](https://b)\n\nWhat it is.\n',
      ),
    ).not.toContain('node_modules')
  })
})
