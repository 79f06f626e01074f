import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../..', import.meta.url))
const METHOD = /critic|critique|calibration/i

/** Tokens of a source file that name a part of a method. Comments are not tokens. */
function namesIn(text: string): string[] {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text)
  const names: string[] = []
  while (scanner.scan() !== ts.SyntaxKind.EndOfFileToken)
    if (METHOD.test(scanner.getTokenText())) names.push(scanner.getTokenText())
  return names
}

function sourcesOf(name: string): string[] {
  const folder = join(packages, name, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file))
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
