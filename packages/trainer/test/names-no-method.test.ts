import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../..', import.meta.url))
const METHOD = /critic|critique|calibration/i

/** Tokens of a source file that name a part of a method. Comments are not tokens. */
function namesIn(text: string): string[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true)
  const names: string[] = []
  const visit = (node: ts.Node): void => {
    const token = node.getText(source)
    if (node.getChildCount(source) === 0 && METHOD.test(token)) names.push(token)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return names
}

function sourcesOf(name: string): string[] {
  const folder = join(packages, name, 'src')
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      // Worlds are made for methods to be tried in: some have tasks of a critic.
      .filter((file) => !file.includes(join('testing', 'worlds')))
      .map((file) => join(folder, file))
  )
}

it.each(['core', 'trainer'])('no code of %s names a part of a method', (name) => {
  const sources = sourcesOf(name)
  expect(sources.length).toBeGreaterThan(20)
  const found = sources.flatMap((file) =>
    namesIn(readFileSync(file, 'utf8')).map((text) => `${file}: ${text}`),
  )
  expect(found).toEqual([])
})

describe('the search', () => {
  it.each([
    ["const figure = 'critic/lift'", ["'critic/lift'"]],
    ['const parseCritique = 1', ['parseCritique']],
    ['const figure = `calibration/${name}`', ['`calibration/${']],
    ['// As a critic reads it.\n/** A critique. */ const one = 1', []],
  ])('finds in %j %j', (text, names) => {
    expect(namesIn(text)).toEqual(names)
  })
})
