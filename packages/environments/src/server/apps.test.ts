import { describe, expect, it } from 'vitest'
import { json, plain, responding } from '../../test/responding.ts'
import { remoteRetriever } from '../client/remote-retriever.ts'
import { generatedGames } from '../household/household-games.ts'
import { generateCatalog } from '../shop/generate-catalog.ts'
import { shopGoals } from '../shop/shop-goals.ts'
import { solveShop } from '../shop/solve-shop.ts'
import { bm25Retriever } from '../searchqa/bm25-retriever.ts'
import { generateRecipes } from '../textcraft/generate-recipes.ts'
import { solveTextcraft } from '../textcraft/solve-textcraft.ts'
import { alfworldApp } from './alfworld-app.ts'
import type { HttpApp } from './app.ts'
import { int, optional, readFields, str } from './fields.ts'
import { lmrlgymApp } from './lmrlgym-app.ts'
import { retrieverApp } from './retriever-app.ts'
import { searchqaApp } from './searchqa-app.ts'
import { serve } from './serve.ts'
import { sessionTable, SessionError } from './session-table.ts'
import { textcraftApp } from './textcraft-app.ts'
import { webshopApp } from './webshop-app.ts'

/** The JSON (or status) that an app answers. */
function caller(app: HttpApp): (method: string, path: string, body?: unknown) => Promise<unknown> {
  return async (method, path, body) => {
    const url = new URL(path, 'http://localhost')
    const { status, json } = await app.handle({
      method,
      path: url.pathname,
      query: url.searchParams,
      body,
    })
    return status === 200 ? json : { status, json }
  }
}

describe('readFields', () => {
  it.each([
    [7, 7],
    ['7', 7],
    [7.0, 7],
    [true, 1],
    [' +7.0 ', 7],
  ])('takes %j for a whole number', (given, value) =>
    expect(readFields({ n: int }, { n: given }, 'body')).toEqual({ values: { n: value } }),
  )

  it.each([
    [{}, 'missing'],
    [{ n: 'x' }, 'int_parsing'],
    [{ n: 1.5 }, 'int_from_float'],
    [{ n: [] }, 'int_type'],
    [{ n: null }, 'int_type'],
    [{ n: '1'.repeat(400) }, 'int_parsing'],
  ])('names what is wrong with %j', (given, type) =>
    expect(readFields({ n: int }, given, 'query')).toMatchObject({
      detail: [{ type, loc: ['query', 'n'] }],
    }),
  )

  it('reads texts, defaults, and no body at all', () => {
    expect(
      readFields(
        { a: str, b: optional(int, 5), c: optional(str, null) },
        { a: 'x', b: null },
        'body',
      ),
    ).toEqual({ values: { a: 'x', b: 5, c: null } })
    expect(readFields({ a: str }, { a: 3 }, 'body')).toMatchObject({
      detail: [{ type: 'string_type' }],
    })
    expect(readFields({ a: str }, undefined, 'body')).toMatchObject({
      detail: [{ type: 'missing', loc: ['body'] }],
    })
    expect(readFields({ a: str }, [1], 'body')).toMatchObject({
      detail: [{ type: 'model_attributes_type' }],
    })
    expect(readFields({ constructor: str }, {}, 'body')).toMatchObject({
      detail: [{ type: 'missing' }],
    })
  })
})

describe('sessionTable', () => {
  it('counts up, forgets the one used least recently, tells unknown from gone', () => {
    const table = sessionTable<string>(2)
    expect([table.add('a'), table.add('b')]).toEqual([0, 1])
    table.find(0)
    table.add('c')
    expect([table.find(0), table.find(2), table.size]).toEqual(['a', 'c', 2])
    expect(() => table.find(1)).toThrow(
      new SessionError('The task with environment 1 has been deleted.'),
    )
    expect(() => table.find(9)).toThrow(new SessionError('The id 9 is not valid.'))
    expect([table.delete(0), table.delete(0)]).toEqual([true, false])
  })
})

describe('alfworldApp', () => {
  it('has /close only if asked', async () => {
    const games = generatedGames({ train: 2, test: 1, size: 'small' })
    const call = caller(alfworldApp({ games, close: true }))
    expect(await call('POST', '/create')).toEqual({ id: 0 })
    expect(await call('POST', '/reset', { id: 0, game: -1, world_type: 'Text' })).toMatchObject({
      id: 0,
      task_type: expect.stringContaining('/test-0'),
    })
    expect(await call('POST', '/reset', { id: 0, game: -4, world_type: 'Text' })).toEqual({
      error: 'list index out of range',
    })
    expect([
      await call('POST', '/close', { id: 0 }),
      await call('POST', '/close', { id: 0 }),
    ]).toEqual([true, false])
    expect(await call('POST', '/step', { id: 0, action: 'look' })).toEqual({
      error: 'The task with environment 0 has been deleted.',
    })
    expect(await caller(alfworldApp({ games }))('POST', '/close', { id: 0 })).toEqual({
      status: 404,
      json: { detail: 'Not Found' },
    })
    expect(await call('GET', '/step')).toEqual({
      status: 405,
      json: { detail: 'Method Not Allowed' },
    })
  })
})

describe('textcraftApp', () => {
  it('plays a goal from creation to the end, and on', async () => {
    const tree = generateRecipes({ seed: 1 })
    const call = caller(textcraftApp({ tree }))
    expect(await call('POST', '/create', {})).toMatchObject({
      id: 0,
      done: false,
      reward: 0,
      observation: expect.stringContaining('Goal: craft'),
    })
    expect(await call('POST', '/reset', { id: 0, data_idx: tree.goals.length + 5 })).toMatchObject({
      id: 0,
      done: false,
    })
    const plan = solveTextcraft(tree, tree.goals[5])
    let last: unknown
    for (const action of plan) last = await call('POST', '/step', { id: 0, action })
    expect(last).toMatchObject({ reward: 1, done: true })
    expect(await call('GET', '/detail?id=0')).toMatchObject({
      reward: 1,
      done: true,
      deleted: false,
    })
    expect(await call('POST', '/step', { id: 0, action: 'look' })).toEqual({
      observation: 'Could not execute look',
      reward: 0,
      done: false,
    })
    expect([
      await call('POST', '/close', { id: 0 }),
      await call('POST', '/close', { id: 0 }),
    ]).toEqual([true, false])
    expect(await call('GET', '/observation?id=0')).toEqual({ error: 'The id 0 is not valid.' })
    expect(await call('POST', '/create')).toMatchObject({ status: 422 })
  })
})

describe('lmrlgymApp', () => {
  it('plays the maze', async () => {
    const call = caller(lmrlgymApp())
    expect(await call('POST', '/maze/create')).toEqual({ id: 0 })
    expect(await call('POST', '/maze/step', { id: 0, action: 'move up' })).toEqual({ error: '0' })
    expect(await call('GET', '/maze/observation?id=0')).toEqual({ error: "'observation'" })
    expect(
      await Promise.all(
        [25, 26, -1, -30].map((game) => call('POST', '/maze/reset', { id: 0, game })),
      ),
    ).toEqual([
      { error: '' },
      { error: 'The game 26 is not valid.' },
      { error: '' },
      { error: 'list index out of range' },
    ])
    expect(await call('POST', '/maze/reset', { id: 0, game: 18 })).toEqual({
      observation: expect.stringContaining('position 7, 6.'),
    })
    expect(await call('POST', '/maze/step', { id: 0, action: 'move down' })).toEqual({
      observation: 'Success\n',
      reward: 1,
      done: true,
    })
    expect(await call('GET', '/maze/detail?id=0')).toEqual({
      error: 'The task with environment 0 has finished.',
    })
    expect(await call('GET', '/maze/available_actions')).toEqual([
      'move left',
      'move right',
      'move up',
      'move down',
    ])
  })

  it('plays Wordle', async () => {
    const call = caller(lmrlgymApp({ words: ['crane', 'slate'] }))
    await call('POST', '/wordle/create')
    expect(await call('GET', '/wordle/filtered_vocab?id=0')).toEqual(['crane', 'slate'])
    expect(await call('POST', '/wordle/reset', { id: 0, seed: 3 })).toEqual({
      id: 0,
      observation: "Let's start Wordle!",
    })
    expect(await call('POST', '/wordle/step', { id: 0, action: 'z z z z z' })).toEqual({
      observation: 'invalid word',
      reward: 0,
      done: false,
    })
    const [first, second] = [
      await call('POST', '/wordle/step', { id: 0, action: 'c r a n e' }),
      await call('GET', '/wordle/filtered_vocab?id=0'),
    ] as [{ done: boolean }, unknown]
    expect(first.done ? 'won' : second).toEqual(first.done ? 'won' : ['slate'])
    expect(await call('GET', '/wordle/observation?id=7')).toEqual({
      error: 'The id 7 is not valid.',
    })
  })
})

describe('searchqaApp', () => {
  it('answers bare numbers and texts; what is unknown is unhandled', async () => {
    const call = caller(searchqaApp())
    expect([
      await call('POST', '/create', { id: 3 }),
      await call('POST', '/create', { id: 4 }),
    ]).toEqual([0, 1])
    const first = await call('GET', '/observation?env_idx=0')
    expect(first).toMatch(/\n\n Question: .*\?$/)
    expect([
      await call('POST', '/reset', { env_idx: 1, id: 3 }),
      await call('POST', '/reset', { env_idx: 1 }),
    ]).toEqual([first, first])
    expect(await call('POST', '/step', { env_idx: 0, action: '<answer>x</answer>' })).toEqual({
      observation: 'Sorry, your answer is incorrect. Please try again.',
      reward: 0,
      done: false,
      info: null,
    })
    expect(await call('POST', '/close', { env_idx: 0 })).toBe(true)
    await expect(call('POST', '/step', { env_idx: 0, action: 'x' })).rejects.toThrow()
    await expect(call('POST', '/reset', { env_idx: 1, id: 99_999 })).rejects.toThrow(
      'no item 99999',
    )
  })
})

describe('webshopApp', () => {
  it('speaks WebShop’s forms', async () => {
    const catalog = generateCatalog({ products: 60 })
    const goals = shopGoals(catalog)
    const call = caller(webshopApp({ catalog, goals }))
    expect([
      await call('POST', '/create'),
      await call('POST', '/create'),
      await call('GET', '/list_envs'),
    ]).toEqual([0, 1, [0, 1]])
    expect(await call('POST', '/reset', { env_idx: 0, session_id: 3 })).toEqual([
      `WebShop [SEP] Instruction: [SEP] ${goals[3].instruction} [SEP] Search`,
      null,
    ])
    expect(await call('GET', '/available_actions?env_idx=0')).toEqual({
      has_search_bar: true,
      clickables: ['search'],
    })
    expect(await call('GET', '/instruction_text?env_idx=0')).toBe(
      `Instruction: ${goals[3].instruction}`,
    )
    const act = solveShop(goals[3], catalog.byAsin.get(goals[3].asin)!)
    let last = {
      state: String(await call('GET', '/observation?env_idx=0')),
      reward: 0,
      done: false,
    }
    while (!last.done)
      last = (await call('POST', '/step', { env_idx: 0, action: act(last.state) })) as typeof last
    expect(last).toMatchObject({ reward: 1, done: true, info: null })
    expect(await call('GET', '/state?env_idx=0')).toEqual({
      url: 'url',
      html: 'html',
      instruction_text: 'instruction_text',
    })
    expect(await call('POST', '/close', { env_idx: 0 })).toEqual({
      status: 404,
      json: { detail: 'Not Found' },
    })
    await expect(call('POST', '/step', { env_idx: 9, action: 'x' })).rejects.toThrow()
    await expect(call('POST', '/reset', { env_idx: 0, session_id: goals.length })).rejects.toThrow(
      `no goal ${goals.length}`,
    )
  })
})

describe('serve', () => {
  it('serves one app on several ports and says what is wrong with a request', async () => {
    const server = await serve(lmrlgymApp(), { ports: 3, maxBody: 1000 })
    expect(new Set(server.urls).size).toBe(3)
    const post = (path: string, body: string): Promise<Response> =>
      fetch(server.urls[0] + path, { method: 'POST', body })
    expect(await (await post('/maze/create', '')).json()).toEqual({ id: 0 })
    expect(
      await (
        await fetch(`${server.urls[2]}/maze/reset`, {
          method: 'POST',
          body: '{"id": 0, "game": 1}',
        })
      ).json(),
    ).toMatchObject({ observation: expect.any(String) })
    expect([
      (await post('/maze/reset', '{"id"')).status,
      (await post('/maze/reset', 'x'.repeat(2000))).status,
      (await post('/nowhere', '')).status,
    ]).toEqual([422, 413, 404])
    const port = Number(new URL(server.urls[0]).port)
    await expect(serve(lmrlgymApp(), { port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}`,
    )
    await server.close()
  })

  it('answers 500 to what an app throws', async () => {
    const server = await serve(searchqaApp())
    const response = await fetch(`${server.urls[0]}/observation?env_idx=5`)
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
    await server.close()
  })
})

describe('retrieverApp and remoteRetriever', () => {
  const local = bm25Retriever([
    { id: '0', contents: '"Ghent"\nA city.' },
    { id: '1', contents: '"Bruges"\nA city and a port.' },
  ])

  it('carry a local retriever over the wire unchanged', async () => {
    const server = await serve(retrieverApp(local))
    const remote = remoteRetriever(server.urls[0])
    const queries = ['ghent city', 'port', 'zzz']
    expect(await remote.retrieve(queries, 2)).toEqual(await local.retrieve(queries, 2))
    expect(await remote.retrieve([], 2)).toEqual([])
    await server.close()
  })

  it('speak Search-R1’s protocol', async () => {
    const call = caller(retrieverApp(local))
    expect(await call('POST', '/retrieve', { queries: ['port'], topk: null })).toEqual({
      result: [[{ id: '1', contents: '"Bruges"\nA city and a port.' }]],
    })
    expect(
      await call('POST', '/retrieve', { queries: ['port'], topk: 1, return_scores: true }),
    ).toEqual({
      result: [
        [
          {
            document: { id: '1', contents: '"Bruges"\nA city and a port.' },
            score: expect.any(Number),
          },
        ],
      ],
    })
    expect(await call('POST', '/retrieve', { queries: 'port' })).toMatchObject({ status: 422 })
    expect([await call('GET', '/retrieve'), await call('POST', '/rerank')]).toMatchObject([
      { status: 405 },
      { status: 404 },
    ])
  })

  it('ask again after a fault, and name an answer that is none', async () => {
    let asked = 0
    const flaky = responding(() =>
      asked++ === 0 ? plain('{"resu') : json({ result: [[{ id: 0, title: 'T', text: 't' }]] }),
    )
    expect(await remoteRetriever('http://server', { transport: flaky }).retrieve(['q'], 3)).toEqual(
      [[{ id: '0', contents: '"T"\nt', score: 0 }]],
    )
    await expect(
      remoteRetriever('http://server', {
        transport: responding(() => json({ result: [] })),
      }).retrieve(['q'], 3),
    ).rejects.toThrow('no "result" with a list for each of 1 queries')
    await expect(
      remoteRetriever('http://server', { transport: responding(() => plain('<html>')) }).retrieve(
        ['q'],
        3,
      ),
    ).rejects.toThrow('HTML instead of JSON')
  })
})
