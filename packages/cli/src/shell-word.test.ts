import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { shellWord } from './shell-word.ts'

const words = [
  'runs/first',
  'out with blank',
  "it's",
  '$HOME',
  'a"b',
  '*',
  '',
  'é',
  '~/runs',
  '-x;y',
]

it('leaves plain words as they are, and quotes the others', () => {
  expect(words.slice(0, 3).map(shellWord)).toEqual(['runs/first', "'out with blank'", `'it'\\''s'`])
})

it.skipIf(process.platform === 'win32')('is read by a shell as it was', () => {
  const command = `printf '%s\\n' ${words.map(shellWord).join(' ')}`
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(`${words.join('\n')}\n`)
})
