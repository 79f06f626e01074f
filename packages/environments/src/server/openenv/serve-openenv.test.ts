import { once } from 'node:events'
import { IcrlError, type Environment, type Episode, type EpisodeStep } from '@icrl/core'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { household } from '../../household/household.ts'
import { compileGame } from '../../household/compile-game.ts'
import { playGame } from '../../household/play-game.ts'
import { solveGame } from '../../household/solve-game.ts'
import { generatedGames } from '../../household/household-games.ts'
import { textcraft } from '../../textcraft/textcraft.ts'
import { serveOpenenv, type ServeOpenenvOptions } from './serve-openenv.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

async function served(environment: Environment, options?: ServeOpenenvOptions): Promise<string> {
  const server = await serveOpenenv(environment, options)
  open.push(server.close)
  return server.urls[0]
}

interface Reply {
  readonly type: string
  readonly data: {
    readonly observation: { readonly message: string }
    readonly reward: number | null
    readonly done: boolean
    readonly message: string
    readonly metadata?: { readonly task_id: string }
  }
}

interface Client {
  readonly socket: WebSocket
  /** Sends a message, or any text, and reads the answer. */
  ask(message: unknown): Promise<Reply>
  reset(data?: object): Promise<Reply>
  step(message: string): Promise<Reply>
}

async function client(url: string, headers: Record<string, string> = {}): Promise<Client> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers })
  await once(socket, 'open')
  const ask = async (message: unknown): Promise<Reply> => {
    const answer = once(socket, 'message')
    socket.send(typeof message === 'string' ? message : JSON.stringify(message))
    return JSON.parse(String((await answer)[0])) as Reply
  }
  open.push(async () => socket.terminate())
  return {
    socket,
    ask,
    reset: (data = {}) => ask({ type: 'reset', data }),
    step: (message) => ask({ type: 'step', data: { message } }),
  }
}

/** Says every action back; some actions have a meaning. */
function echo(
  faults: { reward?: number; onOpen?: () => void; onClose?: () => void } = {},
): Environment {
  const step = async (action: string, signal?: AbortSignal): Promise<EpisodeStep> => {
    if (action === 'hang')
      await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    if (action === 'break') throw new Error('password: 1234')
    if (action === 'refuse')
      throw new IcrlError('echo: no more.', { code: 'environment-failed', remedy: 'Rest.' })
    return { observation: action, reward: faults.reward ?? 0.5, done: action === 'end' }
  }
  const episode = (): Episode => ({
    reset: async (id) => ({ task: `Task ${id}.`, observation: 'Speak.' }),
    step,
    close: async () => faults.onClose?.(),
  })
  return {
    name: 'echo',
    instructions: 'Say something.',
    maxTurns: 3,
    invalidAction: 'Nothing said.',
    taskIds: async (split) => {
      if (split === 'train') return ['a', 'b', 'c']
      if (split === 'test') return ['d']
      throw new IcrlError(`echo: no split.`, { code: 'invalid-option', remedy: 'Use train.' })
    },
    parseAction: (text) => /<say>(.*)<\/say>/.exec(text)?.[1],
    open: async () => {
      faults.onOpen?.()
      return episode()
    },
  }
}

describe('serveOpenenv', () => {
  it('plays an episode in the very words of the local one', async () => {
    const world = household({ games: generatedGames() })
    const games = generatedGames()
    const [id] = await world.taskIds('train')
    const local = await world.open()
    const start = await local.reset(id)
    const { reset, step, ask } = await client(await served(world))
    expect(await reset({ task_id: id, episode_id: 'mine' })).toEqual({
      type: 'observation',
      data: {
        observation: {
          message: start.observation,
          task: start.task,
          instructions: world.instructions,
          metadata: { task_id: id, split: 'train', index: 0 },
        },
        reward: null,
        done: false,
        metadata: { task_id: id, split: 'train', index: 0 },
      },
    })
    const commands = solveGame(playGame(compileGame(games.game(id)!, id)))!
    for (const [i, command] of commands.entries()) {
      const expected = await local.step(command)
      const isLast = i === commands.length - 1
      // Every other one as a model would say it.
      const said = i % 2 === 0 ? command : `I think: <action>${command}</action>`
      const { data } = await step(said)
      expect(data).toEqual({
        observation: {
          message: expected.observation,
          metadata: isLast ? { success: true } : {},
        },
        reward: expected.reward,
        done: isLast,
        ...(isLast && { metadata: { success: true } }),
      })
    }
    expect(await ask({ type: 'state' })).toEqual({
      type: 'state',
      data: { episode_id: 'mine', step_count: commands.length, task_id: id, split: 'train' },
    })
  })

  it('finds a task by id, index, seed, or in order', async () => {
    const { reset } = await client(await served(echo()))
    const startOf = async (data?: object): Promise<unknown> =>
      (await reset(data)).data.metadata?.task_id
    expect(await startOf({ task_id: 'd' })).toBe('d')
    expect(await startOf({ index: 2 })).toBe('c')
    expect(await startOf({ split: 'test', index: 0 })).toBe('d')
    expect([await startOf({ seed: 4 }), await startOf({ seed: 4 })]).toEqual(['b', 'b'])
    expect([await startOf(), await startOf(), await startOf(), await startOf()]).toEqual([
      'a',
      'b',
      'c',
      'a',
    ])
    expect(await startOf({ seed: 1, whatever: true })).toBe('b')
    for (const [data, words] of [
      [{ task_id: 'x' }, 'no task "x"'],
      [{ index: 3 }, 'Use 0 to 2'],
      [{ split: 'dev' }, 'no split'],
    ] as const)
      expect(await reset(data)).toMatchObject({
        type: 'error',
        data: { code: 'EXECUTION_ERROR', message: expect.stringContaining(words) },
      })
    for (const data of [
      { seed: -1 },
      { seed: 'x' },
      { episode_id: 'x'.repeat(256) },
      { index: 0.5 },
    ])
      expect(await reset(data)).toMatchObject({ type: 'error', data: { code: 'VALIDATION_ERROR' } })
  })

  it('answers what is wrong with an error, and goes on', async () => {
    const { ask, reset, step } = await client(await served(echo()))
    for (const [message, code] of [
      ['{"type":"reset"', 'INVALID_JSON'],
      ['{"type":"reset","data":{"seed":NaN}}', 'INVALID_JSON'],
      ['[]', 'VALIDATION_ERROR'],
      ['null', 'VALIDATION_ERROR'],
      ['"reset"', 'VALIDATION_ERROR'],
      [{ type: 'explode' }, 'UNKNOWN_TYPE'],
      [{ type: 'constructor' }, 'UNKNOWN_TYPE'],
      [{}, 'UNKNOWN_TYPE'],
      [{ type: 'reset', data: [] }, 'VALIDATION_ERROR'],
      [{ type: 'reset', more: 1 }, 'VALIDATION_ERROR'],
      [{ type: 'step' }, 'VALIDATION_ERROR'],
      [{ type: 'step', data: { message: 3 } }, 'VALIDATION_ERROR'],
      [{ type: 'step', data: { message: 'a', tool: 'b' } }, 'VALIDATION_ERROR'],
      [{ type: 'step', data: { message: 'too early' } }, 'EXECUTION_ERROR'],
      [`${'['.repeat(100_000)}`, 'INVALID_JSON'],
      [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 'VALIDATION_ERROR'],
    ])
      expect(await ask(message)).toMatchObject({ type: 'error', data: { code } })
    await reset()
    expect((await step('<say>hello</say>')).data.observation.message).toBe('hello')
    expect((await step('end')).data.done).toBe(true)
    expect(await step('more')).toMatchObject({
      data: { code: 'EXECUTION_ERROR', message: expect.stringContaining('is over') },
    })
  })

  it('cuts an episode off after the turns it has', async () => {
    const { reset, step } = await client(await served(echo()))
    await reset()
    await step('one')
    await step('two')
    expect((await step('three')).data).toMatchObject({
      done: true,
      metadata: { success: false, truncated: true },
    })
  })

  it('outlives an environment that fails, hangs, or rewards with NaN, and tells no secret', async () => {
    let opened = 0
    const errors: unknown[] = []
    const url = await served(echo({ onOpen: () => opened++ }), {
      timeoutMs: 50,
      onError: (error) => errors.push(error),
    })
    const { reset, step } = await client(url)
    for (const [action, words] of [
      ['break', 'the environment failed'],
      ['refuse', 'no more'],
      ['hang', 'longer than 50 ms'],
    ]) {
      await reset()
      expect((await step(action)).data).toMatchObject({
        code: 'EXECUTION_ERROR',
        message: expect.stringContaining(words),
      })
      expect((await step('after it')).data.message).toContain('Reset first')
    }
    expect([opened, errors.map(String)]).toEqual([3, ['Error: password: 1234']])
    const strange = await client(await served(echo({ reward: NaN })))
    await strange.reset()
    expect((await strange.step('a')).data.message).toContain('the reward is NaN')
  })

  it('rewards each step with its own where the environment counts a total', async () => {
    let score = 0
    const total: Environment = {
      ...echo(),
      rewardIsTotal: true,
      open: async () => ({
        ...(await echo().open()),
        step: async (action) => ({ observation: action, reward: (score += 0.25), done: false }),
      }),
    }
    const { reset, step } = await client(await served(total))
    await reset()
    expect([(await step('a')).data.reward, (await step('b')).data.reward]).toEqual([0.25, 0.25])
  })

  it('has so many places, frees them, and tells those that find none', async () => {
    let closed = 0
    const url = await served(echo({ onClose: () => closed++ }), { sessions: 1 })
    const first = await client(url)
    await first.reset()
    const second = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    const gone = once(second, 'close')
    const [told] = await once(second, 'message')
    expect(JSON.parse(String(told))).toEqual({
      type: 'error',
      data: {
        message: 'Server at capacity: 1/1 sessions active. Cannot accept new connections.',
        code: 'CAPACITY_REACHED',
        active_sessions: 1,
        max_sessions: 1,
      },
    })
    await gone
    first.socket.send('{"type":"close"}')
    await once(first.socket, 'close')
    // By then its place is free.
    expect(closed).toBe(1)
    expect((await (await client(url)).reset()).type).toBe('observation')
  })

  it('closes the environment of a client that is gone in the middle of a step', async () => {
    let closed = 0
    const url = await served(echo({ onClose: () => closed++ }))
    const { reset, socket } = await client(url)
    await reset()
    socket.send(JSON.stringify({ type: 'step', data: { message: 'hang' } }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.terminate()
    await expect.poll(() => closed).toBe(1)
  })

  it('ends messages that are too long, and clients that are silent', async () => {
    const url = await served(echo(), { maxMessage: 1000, idleMs: 100 })
    const long = await client(url)
    long.socket.send('x'.repeat(1001))
    expect((await once(long.socket, 'close'))[0]).toBe(1009)
    const silent = await client(url)
    expect((await once(silent.socket, 'close'))[0]).toBe(1001)
  })
})

/** What some routes answer. */
interface Answer {
  readonly paths?: Readonly<Record<string, object>>
  readonly info?: { readonly version: string }
  readonly action?: object
}

describe('its routes', () => {
  const get = async (url: string, init?: RequestInit): Promise<[number, Answer]> => {
    const response = await fetch(url, init)
    return [response.status, (await response.json()) as Answer]
  }
  const post = (url: string, body?: unknown): Promise<[number, Answer]> =>
    get(url, {
      method: 'POST',
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })

  it('tell what the environment is', async () => {
    const url = await served(textcraft())
    expect(await get(`${url}/health`)).toEqual([200, { status: 'healthy' }])
    expect(await get(`${url}/metadata`)).toMatchObject([
      200,
      { name: 'textcraft', description: textcraft().instructions, version: '1.0.0' },
    ])
    const [, schema] = await get(`${url}/schema`)
    expect(schema.action).toMatchObject({
      required: ['message'],
      properties: { message: { type: 'string' } },
      additionalProperties: false,
    })
    expect(Object.keys(schema)).toEqual(['action', 'observation', 'state', 'reset_observation'])
    const [, { paths, info }] = await get(`${url}/openapi.json`)
    expect(info?.version).toBe('1.0.0')
    expect(Object.keys(paths!)).toEqual(expect.arrayContaining(['/reset', '/step', '/state']))
    expect(await post(`${url}/mcp`, {})).toMatchObject([200, { jsonrpc: '2.0', id: null }])
  })

  it('list the tasks', async () => {
    const url = await served(echo())
    expect(await get(`${url}/list_environments`)).toEqual([200, ['echo']])
    expect(await get(`${url}/echo/splits`)).toEqual([
      200,
      [
        { name: 'train', type: 'train' },
        { name: 'test', type: 'test' },
      ],
    ])
    const d = { id: 'd', split: 'test', index: 0 }
    expect(await post(`${url}/echo/tasks`, { split: 'test' })).toEqual([
      200,
      { tasks: [d], env_name: 'echo' },
    ])
    expect(await post(`${url}/echo/num_tasks`, { split: 'train' })).toEqual([200, { num_tasks: 3 }])
    expect(await post(`${url}/echo/task`, { split: 'test', index: 0 })).toEqual([200, { task: d }])
    expect(await post(`${url}/echo/task_range`, { split: 'train', start: 1 })).toMatchObject([
      200,
      { tasks: [{ id: 'b' }, { id: 'c' }] },
    ])
    expect((await post(`${url}/echo/task`, { split: 'test', index: 1 }))[0]).toBe(400)
    expect((await post(`${url}/echo/tasks`, { split: 'dev' }))[0]).toBe(400)
    expect((await post(`${url}/echo/tasks`, {}))[0]).toBe(422)
    expect((await get(`${url}/other/splits`))[0]).toBe(404)
  })

  it('reset plainly, and have no episode for a plain step', async () => {
    const url = await served(echo())
    expect(await post(`${url}/reset`)).toMatchObject([
      200,
      { observation: { message: 'Speak.' }, reward: null, done: false },
    ])
    expect(await post(`${url}/reset`, { seed: 'x' })).toMatchObject([422, { detail: [{}] }])
    expect(await post(`${url}/step`, { action: { message: 'a' } })).toMatchObject([409, {}])
    expect(await post(`${url}/step`, {})).toMatchObject([422, {}])
    expect(await get(`${url}/state`)).toEqual([200, { episode_id: null, step_count: 0 }])
  })

  it('are closed without the token, all of them, and to web pages where there is none', async () => {
    const url = await served(echo(), { token: 'secret' })
    const [, { paths }] = await get(`${url}/openapi.json`, {
      headers: { authorization: 'Bearer secret' },
    })
    for (const [path, methods] of Object.entries(paths!))
      for (const method of Object.keys(methods))
        expect((await fetch(url + path, { method: method.toUpperCase() })).status).toBe(401)
    await expect(client(url)).rejects.toThrow('401')
    await expect(client(url, { authorization: 'Bearer wrong' })).rejects.toThrow('401')
    expect((await (await client(url, { 'x-api-key': 'secret' })).reset()).type).toBe('observation')
    const free = await served(echo())
    await expect(client(free, { origin: 'https://example.com' })).rejects.toThrow('403')
    expect((await fetch(`${free}/health`, { headers: { origin: 'null' } })).status).toBe(403)
    await expect(serveOpenenv(echo(), { host: '0.0.0.0' })).rejects.toThrow('no token is given')
  })
})
