import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseQuickstartOptions } from './quickstart-options.ts'

const home = process.cwd()
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'icrl-options-'))
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

describe('the options of the quickstart', () => {
  it('are few by default', () => {
    expect(parseQuickstartOptions([])).toEqual({
      help: false,
      seeds: [0],
      backend: 'auto',
      resume: false,
      out: join('runs', 'quickstart'),
    })
  })

  it('count seeds from the first', () =>
    expect(parseQuickstartOptions(['--seed', '3', '--seeds', '2']).seeds).toEqual([3, 4]))

  it('do not run over a folder that is there, and go on with the newest', () => {
    mkdirSync(join('runs', 'quickstart'), { recursive: true })
    mkdirSync(join('runs', 'quickstart-2'))
    expect(parseQuickstartOptions([]).out).toBe(join('runs', 'quickstart-3'))
    expect(parseQuickstartOptions(['--resume']).out).toBe(join('runs', 'quickstart-2'))
    expect(parseQuickstartOptions(['--resume', '--out', 'mine']).out).toBe('mine')
  })

  it.each([
    [
      ['--task', 'chian'],
      /--task is "chian".*Did you mean chain\? Use one of chain, small, triple, leak/,
    ],
    [['--task', 'toString'], /--task/],
    [['--tokens', ''], /--tokens is ""/],
    [['--questions', '0'], /--questions is "0".*1 or more/],
    [['--tokens', '0'], /--tokens is "0".*1 or more/],
    [['--tokens', '1e400'], /--tokens/],
    [['--tokens', '2.5'], /--tokens/],
    [['--seed', '-1'], /--seed/],
    [['--seeds', '0'], /--seeds is "0"/],
    [['--jobs', 'all'], /--jobs is "all"/],
    [['--out', ''], /--out/],
    [['triple'], /triple/],
    [['--tokns', '5'], /--tokns/],
  ])('refuse %j', (args, reason) => expect(() => parseQuickstartOptions(args)).toThrow(reason))
})
