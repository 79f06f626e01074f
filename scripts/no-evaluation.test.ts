import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'icrl-lint-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** What the repository's linter says of files, by their names. */
function lint(sources: Readonly<Record<string, string>>): Map<string, string[]> {
  for (const [name, source] of Object.entries(sources))
    writeFileSync(join(scratch, `${name}.ts`), source)
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/oxlint/bin/oxlint'),
      '--config',
      join(root, '.oxlintrc.json'),
      '--format',
      'json',
      ...Object.keys(sources).map((name) => join(scratch, `${name}.ts`)),
    ],
    { encoding: 'utf8' },
  )
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; filename: string }[]
  }
  return new Map(
    Object.keys(sources).map((name) => [
      name,
      diagnostics.filter(({ filename }) => filename.endsWith(`${name}.ts`)).map(({ code }) => code),
    ]),
  )
}

describe('no text is evaluated as code: the linter', () => {
  const found = lint({
    eval: 'export const value: unknown = eval("1 + 1")\n',
    indirect: 'export const value: unknown = (0, eval)("1 + 1")\n',
    global: 'export const value: unknown = globalThis.eval("1 + 1")\n',
    constructor: 'export const value: unknown = new Function("return 1")()\n',
    call: 'export const value: unknown = Function("return 1")()\n',
    timer: 'setTimeout("work()", 5)\n',
    link: 'export const link: string = "javascript:work()"\n',
    module: 'import { runInThisContext } from "node:vm"\n\nrunInThisContext("1 + 1")\n',
    harmless:
      'export function evaluate(work: () => number): number {\n  setTimeout(work, 5)\n  return work()\n}\n',
  })

  it.each([
    ['eval', 'eslint(no-eval)'],
    ['indirect', 'eslint(no-eval)'],
    ['global', 'eslint(no-eval)'],
    ['constructor', 'eslint(no-new-func)'],
    ['call', 'eslint(no-new-func)'],
    ['timer', 'eslint(no-implied-eval)'],
    ['link', 'eslint(no-script-url)'],
    ['module', 'eslint(no-restricted-imports)'],
  ])('refuses %s by %s', (name, rule) => {
    expect(found.get(name)).toContain(rule)
  })

  it('says nothing of functions', () => {
    expect(found.get('harmless')).toEqual([])
  })
})
