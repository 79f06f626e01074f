import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { icrl } from './command-line.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'icrl-reproduce-'))
  await writeFile(
    join(folder, 'mine.mjs'),
    `import { writeFile } from 'node:fs/promises'
export default {
  studies: { main: 'all of it' },
  scales: { tiny: 'seconds', paper: 'days' },
  run: (request) => writeFile(${JSON.stringify(join(folder, 'asked.json'))}, JSON.stringify(request)),
}`,
  )
  await writeFile(join(folder, 'none.mjs'), 'export default { studies: {} }')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('hands the study, the first scale and the folder to the file’s own code', async () => {
  const out = join(folder, 'out')
  const from = join(folder, 'mine.mjs')
  expect((await icrl('reproduce', 'main', '--from', from, '--out', out)).code).toBe(0)
  expect(JSON.parse(await readFile(join(folder, 'asked.json'), 'utf8'))).toEqual({
    study: 'main',
    scale: 'tiny',
    out,
    stored: false,
    plan: false,
  })
})

it.each([
  [
    ['other', '--from', 'mine.mjs'],
    'icrl reproduce: study: there is no "other"',
    'There are main.',
  ],
  [['main', '--scale', 'huge', '--from', 'mine.mjs'], 'scale: there is no "huge"', 'tiny, paper'],
  [['main', '--from', 'none.mjs'], 'its default export is not a reproduction', 'Export'],
  [['main', '--from', 'absent.mjs'], 'absent.mjs', '--from FILE'],
])('%j is refused in words', async (args, what, remedy) => {
  const given = args.map((word) => (word.endsWith('.mjs') ? join(folder, word) : word))
  const { code, err } = await icrl('reproduce', ...given)
  expect(code).not.toBe(0)
  expect(err).toContain(what)
  expect(err).toContain(remedy)
})
