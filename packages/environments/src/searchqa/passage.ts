import { IcrlError } from '@icrl/core'

/**
 * A passage of a corpus in Search-R1's format: `contents` is the title, in double quotes, a line
 * break, and the text.
 */
export interface Passage {
  /** Unlike that of any other passage. */
  readonly id: string
  /** Its text, the title first. */
  readonly contents: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * A row of a corpus: `{id, contents}`, or `{id, title, text}`.
 *
 * @param where the row's place, for errors
 * @throws IcrlError `corrupt-file`
 * @example
 * parsePassage({ id: 7, title: 'Ghent', text: 'A city in Flanders.' }, 'corpus.jsonl, line 1')
 *   .contents // '"Ghent"\nA city in Flanders.'
 */
export function parsePassage(row: unknown, where: string): Passage {
  const { id, contents, title, text }: Fields =
    typeof row === 'object' && row !== null ? (row as Fields) : {}
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new IcrlError(`${where}: no id.`, {
      code: 'corrupt-file',
      remedy: 'Give each passage an "id".',
    })
  if (typeof contents === 'string') return { id: String(id), contents }
  if (typeof title === 'string' && typeof text === 'string')
    return { id: String(id), contents: `"${title}"\n${text}` }
  throw new IcrlError(`${where}: no contents.`, {
    code: 'corrupt-file',
    remedy: 'Give "contents", or "title" and "text".',
  })
}

/**
 * Passages as the searcher reads them: one line each, "Doc 1(Title: "Ghent") A city in Flanders.";
 * the title keeps its quotes.
 *
 * @example
 * formatPassages([{ id: '7', contents: '"Ghent"\nA city in Flanders.' }]) // 'Doc 1(Title: "Ghent") A city in Flanders.\n'
 */
export function formatPassages(passages: readonly Passage[]): string {
  return passages
    .map(({ contents }, i) => {
      const [title, ...text] = contents.split('\n')
      return `Doc ${i + 1}(Title: ${title}) ${text.join('\n')}\n`
    })
    .join('')
}
