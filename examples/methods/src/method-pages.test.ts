import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { docstringOf } from './docstring-of.ts'
import { methodPages } from './method-pages.ts'
import { experimentTable } from './result-tables.ts'
import { ROWS } from './rows/index.ts'
import { NEIGHBORS, SYSTEMS } from './systems.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
/** Layout aside, which the formatter decides. */
const plain = (text: string): string => text.replaceAll(/[\s-]+|,(?=\s*[)\]}])/g, '')

it('the index and the pages are those of the stored results and today’s docstrings', async () => {
  const pages = await methodPages()
  for (const [path, text] of pages)
    expect(plain(await readFile(join(root, path), 'utf8')), `${path}: run write-docs`).toBe(
      plain(text),
    )
  for (const file of await readdir(join(root, 'docs/methods')))
    expect([...pages.keys()]).toContain(`docs/methods/${file}`)
})

it('has 33 systems: seven not yet there, three text analogues, all others with files', () => {
  expect(SYSTEMS.map(({ number }) => number)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1))
  const missing = SYSTEMS.filter(({ state }) => state === 'not yet')
  expect(missing.map(({ number }) => number)).toEqual([2, 4, 15, 28, 29, 32])
  expect(SYSTEMS.filter(({ state }) => state.includes('text analogue'))).toHaveLength(3)
  for (const { files, name } of [...SYSTEMS, ...NEIGHBORS])
    for (const file of files) expect(existsSync(join(root, file)), `${name}: ${file}`).toBe(true)
})

it('every row that works has an interval, a control and a command', async () => {
  const index = (await methodPages()).get('docs/methods.md')!
  for (const { number, name, files } of SYSTEMS) {
    const cells = index.match(new RegExp(`^\\| ${number} \\|.*$`, 'm'))![0].split(' | ')
    if (files.length === 0) continue
    const [measured, command] = cells.slice(-2)
    expect(measured, name).toMatch(/\[−?\.?\d[^\]]*, [^\]]+\].*; .*\[/)
    expect(command, name).toMatch(/`(methods|quickstart) [\w-]+`/)
  }
})

it('every method names its source and how it is known', async () => {
  for (const { name, paper, files } of [...SYSTEMS, ...NEIGHBORS]) {
    if (files.length === 0) continue
    const text = await readFile(join(root, files[0]), 'utf8')
    expect(text, name).toContain(paper)
    expect(text, name).toMatch(/`\[(code|paper|abs|mem|ours)\]`/)
  }
})

it('every experiment is in the index', () => {
  const named = SYSTEMS.flatMap(({ rows = [] }) => rows)
  for (const { name } of ROWS) expect(named).toContain(name)
})

it('a docstring without its tags', () => {
  const source =
    '/** Other. */\nconst a = 1\n/**\n * Says {@link b}.\n *\n *     x = 1\n *\n * @throws c\n */\nexport function f() {}\n'
  expect(docstringOf(source, 'f')).toBe('Says `b`.\n\n    x = 1')
  expect(() => docstringOf(source, 'a')).toThrowError(
    expect.objectContaining({ code: 'missing-file' }),
  )
})

it('a table has the lead of the method seed by seed', () => {
  const run = (arm: string, seed: number, score: number) => ({
    arm,
    seed,
    learningRate: 1e-3,
    tokens: 10,
    figures: { score },
    seconds: 1,
  })
  const row = { ...ROWS[0], arms: { mine: async () => ({}), other: async () => ({}) } }
  const figures = [{ name: 'score', label: 'right' }]
  const results = [
    run('mine', 0, 0.5),
    run('mine', 1, 0.7),
    run('other', 1, 0.6),
    run('other', 0, 0.6),
  ]
  expect(experimentTable({ ...row, figures }, results).split('\n')).toEqual([
    '|  | right | tokens | learning rate |',
    '| --- | --- | --- | --- |',
    '| mine, 2 seeds | .600 [.500, .700] | 10 | 1e-3 |',
    '| other, 2 seeds | .600 [.600, .600] | 10 | 1e-3 |',
    '| mine − other | .000 [−.100, .100] |  |  |',
  ])
})
