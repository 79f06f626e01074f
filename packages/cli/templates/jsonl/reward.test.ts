// npx tsx --test
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reward } from './reward.ts'

const task = { id: 'a', question: '5 May 1954', answer: '1954-05-05' }
const rewardOf = (text: string) => reward({ text, tokens: new Int32Array(), task })

test('the answer is right with white space around it', async () => {
  assert.deepEqual(await rewardOf(' 1954-05-05\n'), { reward: 1, valid: true })
})

test('another date is wrong, and nothing is no answer', async () => {
  assert.deepEqual(await rewardOf('1954-05-06'), { reward: 0, valid: true })
  assert.deepEqual(await rewardOf(''), { reward: 0, valid: false })
})
