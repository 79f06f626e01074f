import { int, str } from '../src/server/fields.ts'
import { get, post, routed } from '../src/server/router.ts'
import type { HttpApp } from '../src/server/app.ts'
import { sessionTable, told } from '../src/server/session-table.ts'
import type { Dialect } from '../src/client/dialect.ts'
import { booleanField, numberField, plainText, textField } from '../src/client/read-answer.ts'

interface Session {
  item: number
  said: string[]
}

export const nonceSteps = 8

/**
 * Each observation names the task and all that was said in it: a lost, repeated or mixed-up action
 * shows.
 */
const observe = ({ item, said }: Session): string => `task ${item}: ${said.join(' ')}`

/**
 * An app over ALFWorld's forms whose episodes end after some actions; reward 1 if all of them
 * arrived once, in order.
 */
export function nonceApp(steps: number = nonceSteps): HttpApp {
  const sessions = sessionTable<Session>(1_000_000)
  return routed('nonce', [
    get('/', {}, () => 'nonce'),
    post('/create', undefined, () => ({ id: sessions.add({ item: -1, said: [] }) })),
    post('/reset', { id: int, item: int }, ({ id, item }) =>
      told(() => {
        const session = sessions.find(id)
        session.item = item
        session.said = []
        return { observation: observe(session) }
      }),
    ),
    post('/step', { id: int, action: str }, ({ id, action }) =>
      told(() => {
        const session = sessions.find(id)
        session.said.push(action)
        const done = session.said.length >= steps
        const right = session.said.every((word, i) => word === `${session.item}-${i}`)
        return { observation: observe(session), reward: done && right ? 1 : 0, done }
      }),
    ),
    get('/observation', { id: int }, ({ id }) => told(() => observe(sessions.find(id)))),
    post('/close', { id: int }, ({ id }) => sessions.delete(id)),
  ])
}

export const nonceDialect: Dialect = {
  name: 'nonce',
  instructions: 'Say the task’s number and the turn.',
  maxTurns: nonceSteps,
  idKey: 'id',
  tasks: () => ({ train: ['0', '1', '2'], test: ['3'] }),
  reset: async (calls, item) => ({
    task: `task ${item}`,
    observation: textField(await calls.post('/reset', { item }), 'observation'),
  }),
  observation: async (calls) => plainText(await calls.get('/observation'), 'the observation'),
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action })
    return {
      observation: textField(answer, 'observation'),
      reward: numberField(answer, 'reward'),
      done: booleanField(answer, 'done'),
    }
  },
}

/** Plays a task; throws where an observation is not exactly this episode's. */
export async function playNonce(
  episode: {
    reset(id: string): Promise<{ observation: string }>
    step(action: string): Promise<{ observation: string; reward: number; done: boolean }>
  },
  item: number,
): Promise<number> {
  let expected = `task ${item}: `
  if ((await episode.reset(String(item))).observation !== expected)
    throw new Error(`task ${item}: another start`)
  for (let turn = 0; ; turn++) {
    const action = `${item}-${turn}`
    expected += turn === 0 ? action : ` ${action}`
    const step = await episode.step(action)
    if (step.observation !== expected)
      throw new Error(`wanted "${expected}", got "${step.observation}"`)
    if (step.done) return step.reward
  }
}
