// npx tsx --test
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agent } from './agent.ts'

/** A model that says these, one after another. */
function modelThatSays(...answers: string[]): Parameters<typeof agent>[1] {
  const said = async (): Promise<Response> =>
    Response.json({ choices: [{ message: { content: answers.shift() } }] })
  return { baseURL: 'http://127.0.0.1/v1', apiKey: 'none', fetch: said }
}

test('takes the number out of the answer', async () => {
  assert.equal(await agent('How many days has May?', modelThatSays('It has 31 days.')), '31')
})

test('asks again once', async () => {
  assert.equal(await agent('How many days has May?', modelThatSays('Many.', '31')), '31')
  assert.equal(await agent('How many days has May?', modelThatSays('Many.', 'Some.')), '')
})
