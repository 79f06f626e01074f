import { isIcrlError, type Environment } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { listen } from '@icrl/serve'
import { webSockets, type TextSocket } from '@icrl/serve/websocket'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { localEnvironment } from '../../local-environment.ts'
import { maze } from '../../maze/maze.ts'
import { serveOpenenv } from '../../server/openenv/serve-openenv.ts'
import { textcraft } from '../../textcraft/textcraft.ts'
import { openenvEnvironment, type OpenenvOptions } from './openenv-environment.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

async function client(
  environment: Environment,
  options?: OpenenvOptions,
  serving: Parameters<typeof serveOpenenv>[1] = {},
): Promise<Environment> {
  const server = await serveOpenenv(environment, serving)
  open.push(server.close)
  return openenvEnvironment(server.urls[0], { token: serving.token, ...options })
}

describe('openenvEnvironment', () => {
  let served: Environment
  let close: () => Promise<void>
  beforeAll(async () => {
    const server = await serveOpenenv(maze())
    close = server.close
    served = await openenvEnvironment(server.urls[0])
  })
  afterAll(() => close())

  for (const { name, run } of testEnvironment(() => served, {
    actions: ['move up', 'nonsense', 'move right'],
  }))
    it(name, run)

  it('is the environment that is served: name, instructions, tasks, words', async () => {
    const local = textcraft()
    const remote = await client(local)
    expect([remote.name, remote.instructions]).toEqual([local.name, local.instructions])
    for (const split of ['train', 'test'] as const)
      expect(await remote.taskIds(split)).toEqual(await local.taskIds(split))
    const [id] = await local.taskIds('test')
    const [here, there] = await Promise.all([local.open(), remote.open()])
    expect(await there.reset(id)).toEqual(await here.reset(id))
    for (const action of ['inventory', 'get 1 clay', 'craft 1 moon using 1 sun'])
      expect(await there.step(action)).toEqual(await here.step(action))
    await there.close()
  })

  it('carries the token', async () => {
    const remote = await client(maze(), {}, { token: 'secret' })
    const episode = await remote.open()
    expect((await episode.reset('3')).observation).toContain('The goal')
    await episode.close()
    await expect(client(maze(), { token: 'wrong' }, { token: 'right' })).rejects.toThrow('401')
  })

  it('adds rewards where the outcome is their sum', async () => {
    const steps = localEnvironment({
      name: 'steps',
      instructions: 'Walk.',
      maxTurns: 4,
      tasks: { train: ['0'], test: [] },
      play: () => ({
        start: { task: 'Walk.', observation: 'Go.' },
        step: (action) => ({ observation: action, reward: 0.5, done: action === 'end' }),
        snapshot: () => null,
        restore: () => {},
      }),
    })
    const remote = await client(steps, {
      sumRewards: true,
      success: ({ reward }) => reward === 0.5,
    })
    expect(remote.rewardIsTotal).toBe(true)
    const episode = await remote.open()
    await episode.reset('0')
    expect(await episode.step('a')).toEqual({ observation: 'a', reward: 0.5, done: false })
    expect(await episode.step('end')).toEqual({
      observation: 'end',
      reward: 1,
      done: true,
      success: true,
    })
    await episode.close()
  })

  it('waits for a place, and says what to do when there is none', async () => {
    const remote = await client(maze(), { placeMs: 3000 }, { sessions: 1 })
    const [first, second] = [await remote.open(), await remote.open()]
    await first.reset('3')
    const waiting = second.reset('4')
    await new Promise((resolve) => setTimeout(resolve, 150))
    await first.close()
    expect((await waiting).observation).toContain('The goal')
    const impatient = await client(maze(), { placeMs: 0 }, { sessions: 1 })
    const [third, fourth] = [await impatient.open(), await impatient.open()]
    await third.reset('3')
    await expect(fourth.reset('4')).rejects.toThrow('Give `maxEpisodes` to multiTurn')
    for (const episode of [second, third, fourth]) await episode.close()
  })

  it('refuses an address that is none, and one where something else listens', async () => {
    await expect(openenvEnvironment('localhost:8000')).rejects.toThrow('is no address')
    const other = await listen(() => Response.json({ hello: 1 }))
    open.push(other.close)
    await expect(openenvEnvironment(other.urls[0])).rejects.toThrow('no server of OpenEnv')
    await expect(openenvEnvironment('http://127.0.0.1:9')).rejects.toSatisfy((error) =>
      isIcrlError(error, 'environment-failed'),
    )
  })
})

const observation = (message: string, more: object = {}): string =>
  JSON.stringify({
    type: 'observation',
    data: { observation: { message }, reward: 0, done: false, ...more },
  })

interface Foreign {
  readonly schema?: object
  /** Answers the `n`th message of a connection; by default resets, and echoes steps. */
  readonly answer?: (
    message: { readonly type: string; readonly data: Readonly<Record<string, unknown>> },
    n: number,
    socket: TextSocket,
  ) => string | Promise<string>
}

const oneText = { properties: { message: { type: 'string' }, metadata: {} }, required: ['message'] }

/** A server of OpenEnv as others write them, without a Task API. */
async function foreign(
  { schema = oneText, answer }: Foreign,
  options?: OpenenvOptions,
): Promise<Environment> {
  const json: Readonly<Record<string, unknown>> = {
    '/metadata': { name: 'Foreign', description: 'Echoes.' },
    '/schema': { action: schema, observation: {}, state: {} },
  }
  const server = await listen(
    ({ url }) => {
      const found = json[new URL(url).pathname]
      return found ? Response.json(found) : new Response('{}', { status: 404 })
    },
    {
      sockets: webSockets({
        refuse: () => undefined,
        talk: async (socket) => {
          let n = 0
          for await (const text of socket.messages) {
            const message = JSON.parse(text)
            if (message.type === 'close') return
            const said = answer
              ? await answer(message, n++, socket)
              : observation(JSON.stringify(message.data))
            if (said === 'hang up') return
            await socket.send(said)
          }
        },
      }),
    },
  )
  open.push(server.close)
  return openenvEnvironment(server.urls[0], { timeoutMs: 300, ...options })
}

const failing = async (
  answer: Foreign['answer'],
  options?: OpenenvOptions,
): Promise<[string, string]> => {
  const environment = await foreign({ answer }, options)
  const episode = await environment.open()
  open.push(episode.close)
  await episode.reset('0')
  const error = await episode.step('a').then(
    (step) => new Error(`no error but ${JSON.stringify(step)}`),
    (failure: Error) => failure,
  )
  // It is over: the server's state is in doubt.
  if (isIcrlError(error)) await expect(episode.step('b')).rejects.toThrow('Reset to a task first')
  return [isIcrlError(error) ? error.code : 'none', error.message]
}

/** Resets well; a step is answered with this. */
const atStep =
  (said: string): Foreign['answer'] =>
  (_, n) =>
    n === 0 ? observation('start') : said

describe('a server of others', () => {
  it('is reset by seeds, and sent the one text that its actions have', async () => {
    const environment = await foreign({})
    expect([environment.name, environment.maxTurns]).toEqual(['Foreign', 40])
    expect(environment.instructions).toContain('Echoes.\nThink first')
    expect((await environment.taskIds('train')).length).toBe(1000)
    const episode = await environment.open()
    expect((await episode.reset('7')).observation).toBe('{"seed":7}')
    expect((await episode.step('hi')).observation).toBe('{"message":"hi"}')
    await expect(episode.reset('x')).rejects.toSatisfy((e) => isIcrlError(e, 'invalid-option'))
    await expect(episode.reset('1100')).rejects.toThrow('no task')
    await episode.close()
  })

  it('is told actions of several fields as the option says, and the solver where there is none', async () => {
    const schema = { properties: { row: {}, column: {} }, required: ['row', 'column'] }
    await expect(foreign({ schema })).rejects.toThrow('has the fields row, column')
    const environment = await foreign(
      { schema },
      {
        action: (text) => {
          const [row, column] = text.split(' ').map(Number)
          return Number.isInteger(row) && Number.isInteger(column) ? { row, column } : undefined
        },
        reset: (id) => ({ level: id }),
        tasks: { train: ['easy'], test: ['hard'] },
      },
    )
    const episode = await environment.open()
    expect((await episode.reset('easy')).observation).toBe('{"level":"easy"}')
    expect((await episode.step('1 2')).observation).toBe('{"row":1,"column":2}')
    expect(await episode.step('left')).toEqual({
      observation: environment.invalidAction,
      reward: 0,
      done: false,
    })
    await episode.close()
  })

  it('shows an observation of several fields as JSON, and its words for an action it refuses', async () => {
    const errors = [{ loc: ['guess'], msg: 'String should have 5 characters' }]
    const environment = await foreign({
      answer: (_, n) =>
        n === 0
          ? JSON.stringify({
              type: 'observation',
              data: { observation: { board: '..', turn: 'x', metadata: {} } },
            })
          : JSON.stringify({
              type: 'error',
              data: { code: 'VALIDATION_ERROR', message: 'Invalid message', errors },
            }),
    })
    const episode = await environment.open()
    expect((await episode.reset('0')).observation).toBe('{"board":"..","turn":"x"}')
    expect(await episode.step('a')).toEqual({
      observation: 'Invalid message; guess: String should have 5 characters',
      reward: 0,
      done: false,
    })
    await episode.close()
  })

  it.each([
    [
      'half a JSON text',
      '{"type":"observation","data":{"obs',
      'environment-failed',
      'instead of JSON',
    ],
    [
      'NaN in the text',
      observation('x').replace('"reward":0', '"reward":NaN'),
      'environment-failed',
      'instead of JSON',
    ],
    ['an unknown type', '{"type":"surprise","data":{}}', 'environment-failed', 'unknown type'],
    ['no data', '{"type":"observation"}', 'environment-failed', 'without data'],
    ['a state', '{"type":"state","data":{}}', 'environment-failed', 'a state where'],
    [
      'an observation that is none',
      observation('x', { observation: 3 }),
      'environment-failed',
      'no observation',
    ],
    [
      'a reward that is a text',
      observation('x', { reward: '1' }),
      'non-finite',
      'the reward is "1"',
    ],
    [
      'no reward at the end',
      observation('x', { done: true, reward: null }),
      'non-finite',
      'or one that is NaN',
    ],
    [
      'a reward of 7 without success',
      observation('x', { done: true, reward: 7 }),
      'invalid-shape',
      'the option `success`',
    ],
    [
      'an error of the environment',
      '{"type":"error","data":{"code":"EXECUTION_ERROR","message":"boom"}}',
      'environment-failed',
      'boom',
    ],
    ['a goodbye', 'hang up', 'environment-failed', 'the connection ended (1000)'],
    ['a megabyte', observation('x'.repeat(1 << 20)), 'environment-failed', 'too long'],
  ])('that answers a step with %s fails the episode', async (_, said, code, words) => {
    const [foundCode, message] = await failing(atStep(said), { maxBytes: 1 << 16 })
    expect([foundCode, message]).toEqual([code, expect.stringContaining(words)])
  })

  it('that is slow, gone, or says too much fails the episode, and a reset connects anew', async () => {
    expect(
      await failing((_, n) => (n === 0 ? observation('start') : new Promise<string>(() => {}))),
    ).toEqual(['timeout', expect.stringContaining('step took longer than 300 ms')])
    let connections = 0
    const environment = await foreign({
      answer: async ({ data }, n, socket) => {
        if (n === 0) connections++
        if (data.message === 'twice') await socket.send(observation('once'))
        if (data.message === 'die') return 'hang up'
        return observation(`${connections}`)
      },
    })
    const episode = await environment.open()
    expect((await episode.reset('0')).observation).toBe('1')
    await expect(episode.step('die')).rejects.toThrow('connection ended')
    expect((await episode.reset('0')).observation).toBe('2')
    await episode.step('twice')
    await expect(episode.step('a')).rejects.toThrow('two answers')
    expect((await episode.reset('0')).observation).toBe('3')
    await episode.close()
    await expect(episode.reset('0')).rejects.toThrow('closed')
  })

  it('ends with its signal', async () => {
    const environment = await foreign({
      answer: (_, n) => (n === 0 ? observation('start') : new Promise<string>(() => {})),
    })
    const episode = await environment.open()
    await episode.reset('0')
    const controller = new AbortController()
    const step = episode.step('a', controller.signal)
    controller.abort()
    await expect(step).rejects.toSatisfy((error) => isIcrlError(error, 'aborted'))
    await episode.close()
  })
})
