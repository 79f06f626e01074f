import { isIcrlError, type Environment } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { faults, faultyServer, type FaultyServer } from '../../test/faulty-server.ts'
import { json, plain, responding, silent } from '../../test/responding.ts'
import { nonceApp, nonceDialect, nonceSteps, playNonce } from '../../test/nonce-app.ts'
import { generatedGames } from '../household/household-games.ts'
import { alfworldApp } from '../server/alfworld-app.ts'
import { lmrlgymApp } from '../server/lmrlgym-app.ts'
import { searchqaApp } from '../server/searchqa-app.ts'
import type { RunningServer } from '@icrl/serve'
import { serve } from '../server/serve.ts'
import { textcraftApp } from '../server/textcraft-app.ts'
import { webshopApp } from '../server/webshop-app.ts'
import { generateCatalog } from '../shop/generate-catalog.ts'
import { agentgymEnvironment, type AgentgymOptions } from './agentgym-environment.ts'
import { alfworldDialect } from './dialects/alfworld.ts'
import { mazeDialect } from './dialects/maze.ts'
import { searchqaDialect } from './dialects/searchqa.ts'
import { textcraftDialect } from './dialects/textcraft.ts'
import { webshopDialect } from './dialects/webshop.ts'
import { wordleDialect } from './dialects/wordle.ts'
import { httpTransport, type Transport, type TransportReply } from './transport.ts'

const open: (RunningServer | FaultyServer)[] = []
afterAll(() => Promise.all(open.map((server) => server.close())))
const opened = <T extends RunningServer | FaultyServer>(server: T): T => {
  open.push(server)
  return server
}
// No server here lets a request wait: the time limit is a margin for a busy machine.
const quick: Partial<AgentgymOptions> = { retryDelayMs: 1, timeoutMs: 20_000 }

describe('over our servers', async () => {
  const games = generatedGames({ train: 8, test: 2, size: 'small' })
  const apps = [
    alfworldApp({ games }),
    textcraftApp(),
    searchqaApp(),
    lmrlgymApp(),
    webshopApp({ catalog: generateCatalog({ products: 40 }) }),
  ]
  const [alfworld, textcraft, searchqa, lmrlgym, webshop] = await Promise.all(
    apps.map(async (app) => opened(await serve(app)).urls),
  )
  const tasks = (
    ids: readonly string[],
    test: readonly string[] = [],
  ): Partial<AgentgymOptions> => ({ ...quick, tasks: { train: ids, test } })
  const cases: [string, () => Environment, string[]][] = [
    [
      'alfworld',
      () =>
        agentgymEnvironment(alfworldDialect, {
          servers: alfworld,
          ...tasks(['0', '1', '7'], ['8']),
        }),
      ['look', 'nonsense', 'inventory'],
    ],
    [
      'textcraft',
      () => agentgymEnvironment(textcraftDialect, { servers: textcraft, ...tasks(['0', '5']) }),
      ['inventory', 'get 1 nothing!', 'craft'],
    ],
    [
      'searchqa',
      () => agentgymEnvironment(searchqaDialect, { servers: searchqa, ...tasks(['0', '5']) }),
      ['<search>mother</search>', 'what', '<answer>nobody</answer>'],
    ],
    [
      'webshop',
      () =>
        agentgymEnvironment(webshopDialect, { servers: webshop, ...tasks(['0', '5']), retries: 1 }),
      ['search[lamp]', 'jump', 'click[next >]', 'click[back to search]'],
    ],
    [
      'maze',
      () => agentgymEnvironment(mazeDialect, { servers: lmrlgym, ...quick }),
      ['move left', 'jump', 'move right'],
    ],
    [
      'wordle',
      () => agentgymEnvironment(wordleDialect, { servers: lmrlgym, ...quick }),
      ['t r a i n', 'zzzzz', 's p o o n'],
    ],
  ]
  describe.each(cases)('%s', (_, create, actions) => {
    const unknownTaskId = '999999999'
    for (const { name, run } of testEnvironment(create, { actions, unknownTaskId })) {
      // TextCraft wraps item numbers around and Wordle takes any seed: there every number is a
      // task.
      if (name.includes('unknown task') && ['textcraft', 'wordle'].includes(_)) continue
      it(name, run)
    }
  })

  it('lists the accepted commands where ICRL’s client does', async () => {
    const episode = await agentgymEnvironment(alfworldDialect, {
      servers: alfworld,
      ...quick,
    }).open()
    const start = await episode.reset('0')
    expect([
      start.task.startsWith('Your task is to: '),
      start.observation.includes('\nAVAILABLE ACTIONS: '),
    ]).toEqual([true, true])
    expect((await episode.step('Look')).observation).toMatch(
      /^Nothing happens\.\nAVAILABLE ACTIONS: .*,inventory,look/,
    )
    await episode.close()
  })

  it('uses a session again where the server cannot close it', async () => {
    const requests: string[] = []
    const real = httpTransport(2)
    const counting: Transport = (url, request) => {
      requests.push(new URL(url).pathname)
      return real(url, request)
    }
    const environment = agentgymEnvironment(alfworldDialect, {
      servers: alfworld,
      ...quick,
      transport: counting,
    })
    for (let i = 0; i < 3; i++) {
      const episode = await environment.open()
      await episode.reset('0')
      await episode.close()
      await episode.close()
    }
    expect(requests).toEqual(['/create', '/reset', '/close', '/reset', '/reset'])
  })
})

describe('with faults', () => {
  it.each([...faults.map((kind) => [kind] as const), ['all of them'] as const])(
    'loses and repeats nothing: %s',
    async (kind) => {
      const server = opened(
        await faultyServer(nonceApp, {
          rate: 0.12,
          kinds: kind === 'all of them' ? faults : [kind],
          delayMs: 5,
        }),
      )
      const environment = agentgymEnvironment(nonceDialect, {
        servers: [server.url],
        ...quick,
        retries: 12,
      })
      const rewards = await Promise.all(
        Array.from({ length: 12 }, async (_, item) => {
          const episode = await environment.open()
          const reward = await playNonce(episode, item)
          await episode.close()
          return reward
        }),
      )
      expect(rewards).toEqual(new Array(12).fill(1))
      expect([...server.counts.values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(5)
    },
  )

  it('goes on after a restart in the middle of episodes', async () => {
    const server = opened(await faultyServer(nonceApp, { rate: 0 }))
    const environment = agentgymEnvironment(nonceDialect, {
      servers: [server.url],
      ...quick,
      retryDelayMs: 10,
      retries: 8,
    })
    const episodes = await Promise.all(Array.from({ length: 20 }, () => environment.open()))
    await Promise.all(episodes.map((episode, item) => episode.reset(String(item))))
    await Promise.all(episodes.map((episode, item) => episode.step(`${item}-0`)))
    await server.restart(30)
    const lasts = await Promise.all(
      episodes.map(async (episode, item) => {
        let last = { observation: '', reward: 0, done: false }
        for (let turn = 1; turn < nonceSteps; turn++) last = await episode.step(`${item}-${turn}`)
        return last
      }),
    )
    expect(
      lasts.map(({ reward, observation }, item) => [
        reward,
        observation.startsWith(`task ${item}: ${item}-0 ${item}-1`),
      ]),
    ).toEqual(new Array(20).fill([1, true]))
  })

  it('finds out that a task goes another way when played again', async () => {
    let start = 0
    const changing: typeof nonceDialect = {
      ...nonceDialect,
      reset: async (calls, item) => ({
        ...(await nonceDialect.reset(calls, item)),
        observation: String(start++),
      }),
    }
    const server = opened(await faultyServer(nonceApp, { rate: 0 }))
    const episode = await agentgymEnvironment(changing, { servers: [server.url], ...quick }).open()
    await episode.reset('1')
    await server.restart(0)
    await expect(episode.step('1-0')).rejects.toThrow('went another way when it was played again')
  })
})

describe('what cannot be mended', () => {
  const answering = (answer: () => TransportReply): Transport =>
    responding((path) => (path === '/create' ? json({ id: 0 }) : answer()))
  const resetting = async (answer: () => TransportReply): Promise<unknown> => {
    const environment = agentgymEnvironment(alfworldDialect, {
      servers: ['http://server'],
      retries: 2,
      retryDelayMs: 1,
      transport: answering(answer),
    })
    const episode = await environment.open()
    return episode.reset('0').catch((error) => error)
  }

  it.each<[string, () => TransportReply, string]>([
    [
      'HTML',
      () => plain('<html>Welcome</html>', 200, 'text/html'),
      'HTML instead of JSON: "<html>Welcome</html>"',
    ],
    [
      'half a JSON text, again and again',
      () => plain('{"observation": "You'),
      'something instead of JSON',
    ],
    ['an error 500, again and again', () => plain('Internal Server Error', 500), 'status 500'],
    ['a validation error', () => json({ detail: [] }, 422), 'status 422'],
    [
      'an answer without observation',
      () => json({ available_actions: [] }),
      'no text "observation"',
    ],
    ['a list', () => json([1]), 'an answer that is no object'],
    [
      'an error in words',
      () => json({ error: 'the disc is full' }),
      'the server says "the disc is full"',
    ],
    [
      '10 MB',
      () => json({ observation: 'x'.repeat(10_000_000), available_actions: [] }),
      'an answer of more than 4194304 bytes',
    ],
  ])('is named: %s', async (_, answer, message) => {
    const error = await resetting(answer)
    expect(isIcrlError(error, 'environment-failed') && error.message).toContain(message)
  })

  it('is named: an index out of range is an unknown task', async () => {
    expect(
      isIcrlError(
        await resetting(() => json({ error: 'list index out of range' })),
        'invalid-option',
      ),
    ).toBe(true)
  })

  it('is named: a reward that is no number', async () => {
    const environment = agentgymEnvironment(nonceDialect, {
      servers: ['http://server'],
      transport: answering(() => json({ observation: 'o', reward: null, done: false })),
    })
    const episode = await environment.open()
    await episode.reset('0')
    await expect(episode.step('a')).rejects.toThrow('no number "reward"')
  })

  it('is named: nobody listens, after as many attempts as asked for', async () => {
    const gone = await faultyServer(nonceApp, { rate: 0 })
    await gone.close()
    const real = httpTransport(1)
    let attempts = 0
    const episode = await agentgymEnvironment(nonceDialect, {
      servers: [gone.url],
      retries: 2,
      retryDelayMs: 1,
      transport: (...request) => (attempts++, real(...request)),
    }).open()
    await expect(episode.reset('0')).rejects.toThrow(
      expect.toSatisfy((error) => isIcrlError(error, 'environment-failed')),
    )
    expect(attempts).toBe(3)
  })

  it('is named: no answer in time', async () => {
    const episode = await agentgymEnvironment(nonceDialect, {
      servers: ['http://server'],
      timeoutMs: 20,
      retries: 1,
      retryDelayMs: 1,
      transport: silent,
    }).open()
    await expect(episode.reset('0')).rejects.toThrow('no answer in 20 ms')
  })

  it('stops at once when asked to', async () => {
    const controller = new AbortController()
    const episode = await agentgymEnvironment(nonceDialect, {
      servers: ['http://server'],
      transport: (...request) => {
        queueMicrotask(() => controller.abort())
        return silent(...request)
      },
    }).open()
    await expect(episode.reset('0', controller.signal)).rejects.toThrow(
      expect.toSatisfy((error) => isIcrlError(error, 'aborted')),
    )
  })

  it('is refused: wrong order, other splits, other ids, no address', async () => {
    const environment = agentgymEnvironment(nonceDialect, { servers: ['http://server'] })
    const episode = await environment.open()
    await expect(episode.step('a')).rejects.toThrow('no task has been started')
    await expect(episode.reset('one')).rejects.toThrow('no task "one"')
    await expect(environment.taskIds('dev' as never)).rejects.toThrow('no split "dev"')
    await episode.close()
    await expect(episode.reset('0')).rejects.toThrow('closed')
    expect(() => agentgymEnvironment(nonceDialect, { servers: [] })).toThrow('no servers')
    expect(() => agentgymEnvironment(nonceDialect, { servers: ['localhost:36001'] })).toThrow(
      'is no address',
    )
  })
})
