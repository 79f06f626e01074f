// npx tsx --test
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agent } from './agent.ts'

/** A model that says these, one after another; what it was asked last is kept. */
function modelThatSays(...answers: string[]): Parameters<typeof agent>[1] & { asked: string } {
  const model = {
    baseURL: 'http://127.0.0.1/v1',
    apiKey: 'none',
    asked: '',
    fetch: async (_: unknown, request?: RequestInit): Promise<Response> => {
      const { messages } = JSON.parse(String(request?.body)) as { messages: { content: string }[] }
      model.asked = messages.at(-1)!.content
      return Response.json({ choices: [{ message: { content: answers.shift() } }] })
    },
  }
  return model
}

test('calculates what the model wants to know', async () => {
  const model = modelThatSays('calculate(310 - 12)', '298')
  assert.equal(await agent('What is 310 minus 12?', model), '298')
  assert.equal(model.asked, 'The calculator shows 298.')
})

test('takes the number out of the answer', async () => {
  assert.equal(await agent('What is 25 times 4?', modelThatSays('It is 100.')), '100')
  assert.equal(await agent('What is 25 times 4?', modelThatSays('I do not know.')), '')
})

test('stops after three calls of the model', async () => {
  const again = 'calculate(1 + 1)'
  assert.equal(await agent('What is 1 plus 1?', modelThatSays(again, again, again, '2')), '')
})
