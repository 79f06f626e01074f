import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { tailLines } from './tail-lines.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-tail-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('reads each line once, as the file grows', async () => {
  const file = join(root, 'grows')
  const read = tailLines(file)
  expect(await read()).toEqual({ lines: [], isRestarted: false })
  writeFileSync(file, 'one\ntwo\n')
  expect(await read()).toEqual({ lines: ['one', 'two'], isRestarted: false })
  expect(await read()).toEqual({ lines: [], isRestarted: false })
  appendFileSync(file, 'three\n')
  expect(await read()).toEqual({ lines: ['three'], isRestarted: false })
})

it('waits for the end of a half-written line, even in the middle of a character', async () => {
  const file = join(root, 'half')
  const bytes = Buffer.from('a\nnaïve – ✓\n')
  writeFileSync(file, bytes.subarray(0, 5))
  const read = tailLines(file)
  expect((await read()).lines).toEqual(['a'])
  appendFileSync(file, bytes.subarray(5, 11))
  expect((await read()).lines).toEqual([])
  appendFileSync(file, bytes.subarray(11))
  expect((await read()).lines).toEqual(['naïve – ✓'])
})

it('begins again with a file that was cut, replaced or removed', async () => {
  const file = join(root, 'cut')
  writeFileSync(file, 'one\ntwo\n')
  const read = tailLines(file)
  await read()
  writeFileSync(file, 'one\n')
  expect(await read()).toEqual({ lines: ['one'], isRestarted: true })
  writeFileSync(`${file}.new`, 'other\nlines\nmore\n')
  renameSync(`${file}.new`, file)
  expect(await read()).toEqual({ lines: ['other', 'lines', 'more'], isRestarted: true })
  rmSync(file)
  expect(await read()).toEqual({ lines: [], isRestarted: true })
})

it('asked twice at once, it reads nothing twice', async () => {
  const file = join(root, 'twice')
  writeFileSync(file, 'one\n')
  const read = tailLines(file)
  const found = await Promise.all([read(), read()])
  expect(found.map(({ lines }) => lines)).toEqual([['one'], []])
})
