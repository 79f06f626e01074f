import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compileTo } from '../scripts/compile.mjs'
import { progressTo } from '../scripts/progress.mjs'

const scratch = mkdtempSync(join(tmpdir(), 'icrl-compile-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** What is written while `total` units are done one by one. */
function written(isTTY: boolean, total: number): string[] {
  const texts: string[] = []
  const onUnit = progressTo({ isTTY, write: (text) => texts.push(text) }, 'Compiling')
  for (let done = 0; done <= total; done++) onUnit(done, total)
  return texts
}

describe('progressTo', () => {
  it('writes over one line on a terminal, and clears it', () => {
    expect(written(true, 3)).toEqual([
      '\rCompiling: 0 of 3\x1b[K',
      '\rCompiling: 1 of 3\x1b[K',
      '\rCompiling: 2 of 3\x1b[K',
      '\r\x1b[K',
    ])
  })

  it('writes a line now and then elsewhere', () => {
    expect(written(false, 66)).toEqual(
      [0, 11, 22, 33, 44, 55, 66].map((done) => `Compiling: ${done} of 66\n`),
    )
  })

  it('writes every unit where there are few', () => {
    expect(written(false, 2)).toEqual([0, 1, 2].map((done) => `Compiling: ${done} of 2\n`))
  })
})

// Stands in for a compiler, whose work takes a minute: it makes the file that -o names.
describe.skipIf(process.platform === 'win32')('compileTo', () => {
  const compiler = (name: string, program: string): string[] => {
    writeFileSync(join(scratch, name), program)
    return [process.execPath, join(scratch, name)]
  }
  const options = { includes: scratch, arch: 'x64-of-one-set', link: [] }

  it('tells of every translation unit', async () => {
    const heard: [number, number][] = []
    const makes =
      "const { argv } = process\nrequire('fs').writeFileSync(argv[argv.indexOf('-o') + 1], '')"
    const error = await compileTo(join(scratch, 'addon.node'), {
      ...options,
      compiler: compiler('makes.cjs', makes),
      onUnit: (done, total) => heard.push([done, total]),
    })
    expect(error).toBeUndefined()
    const [[, total]] = heard
    expect(total).toBeGreaterThan(10)
    expect(heard).toEqual(Array.from({ length: total + 1 }, (_, done) => [done, total]))
  })

  it('does not count a unit that failed', async () => {
    const heard: number[] = []
    const error = await compileTo(join(scratch, 'addon.node'), {
      ...options,
      compiler: compiler('fails.cjs', "console.error('no such thing')\nprocess.exit(1)"),
      onUnit: (done) => heard.push(done),
    })
    expect(error).toContain('no such thing')
    expect(heard).toEqual([0])
  })
})
