import { expect, it } from 'vitest'
import { wordRenderer } from './word-renderer.ts'

const renderer = wordRenderer(['left', 'right'])

it('gives one id per word, and marks turns', () => {
  const prompt = renderer.start([
    { role: 'user', content: 'left  right' },
    { role: 'assistant', content: 'right' },
    { role: 'user', content: 'left' },
  ])
  expect(Array.from(prompt)).toEqual([1, 3, 4, 2, 4, 0, 1, 3, 2])
  expect(renderer.text(prompt)).toBe('left right right left')
})

it('a conversation only grows', () => {
  const opening = renderer.start([{ role: 'user', content: 'left' }])
  const reply = Int32Array.of(4, 0)
  const more = renderer.continue([{ role: 'user', content: 'right' }], 'stop')
  expect(Array.from([...opening, ...reply, ...more])).toEqual(
    Array.from(
      renderer.start([
        { role: 'user', content: 'left' },
        { role: 'assistant', content: 'right' },
        { role: 'user', content: 'right' },
      ]),
    ),
  )
})

it('names a word it does not have', () => {
  expect(() => renderer.start([{ role: 'user', content: 'up' }])).toThrowError(
    expect.objectContaining({
      code: 'vocabulary-mismatch',
      message: expect.stringContaining('no word "up"'),
    }),
  )
})

it.each([
  ['twice', ['left', 'left']],
  ['a turn word', ['<end>']],
  ['a space', ['to the left']],
  ['empty', ['']],
])('refuses an unfit word: %s', (_, words) => {
  expect(() => wordRenderer(words)).toThrowError(
    expect.objectContaining({ code: 'invalid-option' }),
  )
})
