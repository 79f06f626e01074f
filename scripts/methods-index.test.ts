import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = new URL('..', import.meta.url)
const index = readFileSync(new URL('docs/methods.md', root), 'utf8')
/** Cells of the rows of the table under a heading. */
const rowsUnder = (heading: string): string[][] =>
  index
    .split(`## ${heading}\n`)[1]
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
const filesIn = (cell: string): string[] =>
  [...cell.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path]) => path)

describe('the index of methods', () => {
  const systems = rowsUnder('The systems')

  it('has each of the 33 systems once, in order', () =>
    expect(systems.map(([number]) => Number(number))).toEqual(
      Array.from({ length: 33 }, (_, i) => i + 1),
    ))

  it('says what state each is in, and nothing of a method that is not there', () => {
    for (const [number, , , files, state] of systems) {
      expect(state, `row ${number}`).toMatch(/^(works|parts|not yet)/)
      expect(filesIn(files).length > 0, `row ${number}`).toBe(!state.startsWith('not yet'))
    }
  })

  it.each(
    ['The systems', 'Neighbors of ICRL', 'Relatives of GRPO'].flatMap((heading) =>
      rowsUnder(heading).flatMap((cells) =>
        cells.flatMap(filesIn).map((path) => [path, /\d{4}\.\d{5}/.exec(cells.join(' '))?.[0]]),
      ),
    ),
  )('%s is there and names its paper, %s', (path, paper) => {
    expect(existsSync(fileURLToPath(new URL(path!, root)))).toBe(true)
    const text = readFileSync(new URL(path!, root), 'utf8')
    if (paper && !/testing|parse-|votes|quickstart/.test(path!)) expect(text).toContain(paper)
  })
})
