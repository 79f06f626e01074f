// npx tsx --test
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordRenderer } from '@icrl/core/testing'
import { pairOf, readPairs } from './pairs.ts'

test('every line is a pair of two different answers', async () => {
  for (const { id, question, answer, other } of await readPairs(
    `${import.meta.dirname}/pairs.jsonl`,
  )) {
    assert.notEqual(question, '', id)
    assert.notEqual(answer, other, id)
  }
})

test('a pair has one prompt and two answers', () => {
  const renderer = wordRenderer(['which', 'short', 'long'])
  const task = { id: 'a', question: 'which', answer: 'short', other: 'long long' }
  const { prompt, preferred, other } = pairOf(task, renderer)
  assert.equal(renderer.text(prompt), 'which')
  assert.deepEqual([renderer.text(preferred), renderer.text(other)], ['short', 'long long'])
})
