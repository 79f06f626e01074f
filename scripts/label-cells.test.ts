import { expect, it } from 'vitest'
// @ts-expect-error a module in JavaScript, without declarations
import { labelCells } from '../website/label-cells.mjs'

class Token {
  readonly attributes: Record<string, string> = {}
  constructor(
    readonly type: string,
    readonly children: { type: string; content: string }[] = [],
  ) {}
  attrSet(name: string, value: string): void {
    this.attributes[name] = value
  }
  attrJoin(name: string, value: string): void {
    this.attributes[name] = [this.attributes[name], value].filter(Boolean).join(' ')
  }
}

/** The attributes of a table and of the cells of its rows. */
function attributesOf([head, ...rows]: readonly (readonly string[])[]) {
  const cells = (kind: 'th' | 'td') => (content: string) => [
    new Token(`${kind}_open`),
    new Token('inline', [
      { type: 'html_inline', content: '<a id="x">' },
      { type: 'text', content },
    ]),
  ]
  const tokens = [
    new Token('table_open'),
    ...head.flatMap(cells('th')),
    ...rows.flatMap((row) => [new Token('tr_open'), ...row.flatMap(cells('td'))]),
    new Token('table_close'),
  ]
  let rule = (_: { tokens: Token[] }): void => undefined
  const core = { ruler: { push: (_: string, it: typeof rule) => (rule = it) } }
  labelCells({ core, renderer: { rules: {} } })
  rule({ tokens })
  const of = (type: string) =>
    tokens.filter((token) => token.type === type).map(({ attributes }) => attributes)
  return { table: of('table_open')[0], cells: of('td_open') }
}

it('every cell of a table knows its column, and a figure is not broken', () => {
  const { table, cells } = attributesOf([
    ['arm', 'accuracy', 'lead'],
    ['icrl, 5 seeds', '.641 [.609, .682]', '–'],
    ['grpo', '13.7%', '−.038 [−.084, .005]'],
  ])
  expect(table).toEqual({})
  expect(cells).toEqual([
    { 'data-label': 'arm' },
    { 'data-label': 'accuracy', class: 'figure' },
    { 'data-label': 'lead', class: 'figure' },
    { 'data-label': 'arm' },
    { 'data-label': 'accuracy', class: 'figure' },
    { 'data-label': 'lead', class: 'figure' },
  ])
})

it.each([
  [['option', 'default', 'what it does'], 'words'],
  [['package', 'what you get'], 'words pairs'],
])('a table of words with the columns %j is of the class "%s"', (head, expected) => {
  const row = head.map(() => 'some words to be read in a row')
  expect(attributesOf([head, row, row]).table).toEqual({ class: expected })
})
