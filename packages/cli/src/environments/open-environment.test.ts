import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateWorld, writeGame } from '@icrl/environments'
import { serve } from '@icrl/environments/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namedApps, namedEnvironments } from './named-environments.ts'
import { chooseTasks, openEnvironment } from './open-environment.ts'

let root: string
const write = async (name: string, ...rows: readonly unknown[]): Promise<string> => {
  await writeFile(
    join(root, name),
    rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'),
  )
  return join(root, name)
}
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-data-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const open = (
  ...[name, data]: [string, Parameters<typeof openEnvironment>[2]?]
): ReturnType<typeof openEnvironment> => openEnvironment('icrl test', name, data ?? {})
const firstOf = async (
  name: string,
  data: Parameters<typeof openEnvironment>[2],
): Promise<string> => {
  const { environment } = await open(name, data)
  const { ids } = await chooseTasks(environment, undefined, 'test')
  const episode = await environment.open()
  const { task } = await episode.reset(ids[0])
  await episode.close()
  return task
}

describe('openEnvironment', () => {
  it.each(Object.keys(namedEnvironments))(
    '%s has tasks in both splits without any data',
    async (name) => {
      const { environment } = await open(name)
      for (const split of ['train', 'test'] as const)
        expect((await chooseTasks(environment, split, 'test')).ids.length).toBeGreaterThan(0)
    },
  )

  it('reads household games, by AgentGym’s numbers too', async () => {
    const game = writeGame(generateWorld({ seed: 4, size: 'small', task: 'pick_and_place_simple' }))
    const games = await write('games.jsonl', game)
    expect(await firstOf('household', { games })).toContain('Your task is to: put')
    expect(
      (
        await open('household', { testGames: games }).then(({ environment }) =>
          chooseTasks(environment, undefined, 'train'),
        )
      ).split,
    ).toBe('test')
    await mkdir(join(root, 'look/trial_1'), { recursive: true })
    await write('look/trial_1/game.tw-pddl', game)
    const mapping = await write('mapping.json', [
      { item_id: 0, task_type: 'look', task_id: 'trial_1' },
    ])
    expect(
      (
        await chooseTasks(
          (await open('household', { games: root, mapping })).environment,
          'train',
          'test',
        )
      ).ids,
    ).toEqual(['look/trial_1'])
    await expect(open('household', { games: join(root, 'absent'), mapping })).rejects.toThrow(
      'no such folder',
    )
    await expect(open('household', { mapping: 'x' })).rejects.toThrow('a mapping without games')
    await expect(open('household', { games: join(root, 'absent') })).rejects.toThrow(
      'no such file or folder',
    )
  })

  it('reads a corpus with questions, a catalog, words, problems', async () => {
    const corpus = await write('corpus.jsonl', { id: '0', contents: '"Ghent"\nA town in Belgium.' })
    const questions = await write('questions.jsonl', {
      question: 'Where is Ghent?',
      golden_answers: ['Belgium'],
    })
    expect(await firstOf('searchqa', { corpus, testQuestions: questions })).toBe('Where is Ghent?')
    expect((await open('searchqa', { corpus, questions })).answersOf!('questions-0')).toEqual({
      answers: ['Belgium'],
      question: 'Where is Ghent?',
    })
    await expect(open('searchqa', { corpus })).rejects.toThrow('a corpus without questions')
    await expect(open('searchqa', { questions })).rejects.toThrow('questions without a corpus')
    await expect(
      open('searchqa', { corpus, retriever: 'http://localhost', questions }),
    ).rejects.toThrow('both a corpus and a retriever')

    const catalog = await write('items.json', [
      {
        asin: 'B000000001',
        name: 'Shirt',
        category: 'c',
        query: 'shirt',
        product_category: 'a › b',
        full_description: 'd',
        small_description: ['x'],
        customization_options: {},
      },
    ])
    const attributes = await write('attributes.json', {
      B000000001: {
        attributes: ['red'],
        instruction: 'find a red shirt',
        instruction_attributes: ['red'],
      },
    })
    expect(await firstOf('shop', { catalog, attributes })).toContain('find a red shirt')
    await expect(open('shop', { catalog })).rejects.toThrow('a catalog without attributes')

    expect(
      (await open('wordle', { words: await write('words.txt', 'crane', 'slate') })).environment
        .instructions,
    ).toContain('crane slate')
    expect(
      (await open('wordle', { words: await write('words.json', ['crane', 'robin']) })).environment
        .instructions,
    ).toContain('crane robin')
    await expect(open('wordle', { words: join(root, 'absent') })).rejects.toThrow('cannot be read')

    const problems = await write('problems.jsonl', {
      question: 'How many are 2 and 2?',
      answer: 'Two and two.\n#### 4',
    })
    expect(await firstOf('math', { testProblems: problems })).toBe('How many are 2 and 2?')
    expect((await open('math', { testProblems: problems })).answersOf!('problems-0')).toEqual({
      answers: ['4'],
      question: 'How many are 2 and 2?',
    })

    await expect(open('textcraft', { recipes: catalog })).rejects.toThrow(
      'not an object of recipe files',
    )
    expect(
      await firstOf('textcraft', {
        recipes: await write('recipes.json', {
          'planks.json': {
            type: 'minecraft:crafting_shapeless',
            ingredients: [{ item: 'minecraft:log' }],
            result: { item: 'minecraft:planks', count: 4 },
          },
        }),
      }),
    ).toBe('Goal: craft planks.')
  })

  it('names what it does not know, and splits without tasks', async () => {
    await expect(open('houshold')).rejects.toThrow('Did you mean "household"?')
    await expect(open('alfwordl', { server: 'http://127.0.0.1:1' })).rejects.toThrow(
      'Did you mean "alfworld"?',
    )
    const { environment } = await open('household', {
      games: await write('one.jsonl', writeGame(generateWorld({ seed: 5, size: 'small' }))),
    })
    await expect(chooseTasks(environment, 'test', 'test')).rejects.toThrow('has no tasks in "test"')
  })

  it('is the client of a server that holds the environment', async () => {
    const server = await serve(await namedApps.maze({}))
    const { environment, maxRepeatedActions } = await open('maze', { server: server.urls[0] })
    const episode = await environment.open()
    expect((await episode.reset('3')).observation).toContain('The goal is at position 8, 6')
    expect(maxRepeatedActions).toBe(Infinity)
    const items = await write('items.jsonl', { task_id: '7' }, { task_id: 3 })
    expect(
      (
        await chooseTasks(
          (await open('maze', { server: server.urls[0], items })).environment,
          'test',
          'test',
        )
      ).ids,
    ).toEqual(['7', '3'])
    await expect(open('maze', { items })).rejects.toThrow('--items is given without --server')
    await episode.close()
    await server.close()
  })
})

describe('namedApps', () => {
  it('serve household’s /close only when asked to', async () => {
    const games = await write('served.jsonl', writeGame(generateWorld({ seed: 6, size: 'small' })))
    const statuses = await Promise.all(
      [false, true].map(async (close) => {
        const server = await serve(await namedApps.household({ games, close }))
        const post = (path: string, body: string): Promise<Response> =>
          fetch(`${server.urls[0]}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
          })
        await post('/create', '')
        const { status } = await post('/close', '{"id":0}')
        await server.close()
        return status
      }),
    )
    expect(statuses).toEqual([404, 200])
  })

  it('serve a corpus and its questions, and the corpus alone as a retriever', async () => {
    const corpus = await write('wiki.jsonl', { id: '7', contents: '"Ghent"\nA town in Belgium.' })
    const testQuestions = await write('asked.jsonl', {
      question: 'Where is Ghent?',
      golden_answers: ['Belgium'],
    })
    const [search, retriever] = [
      await serve(await namedApps.searchqa({ corpus, testQuestions })),
      await serve(await namedApps.retriever({ corpus })),
    ]
    const ask = async (url: string, body: unknown): Promise<unknown> =>
      (
        await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json()
    const id = await ask(`${search.urls[0]}/create`, { id: 0 })
    expect(
      await ask(`${search.urls[0]}/step`, { env_idx: id, action: '<answer>belgium</answer>' }),
    ).toMatchObject({ reward: 1, done: true })
    expect(
      await ask(`${retriever.urls[0]}/retrieve`, {
        queries: ['Ghent'],
        topk: 1,
        return_scores: false,
      }),
    ).toMatchObject({ result: [[{ id: '7' }]] })
    await Promise.all([search.close(), retriever.close()])
  })
})
