/**
 * OpenEnv as PyPI has it, both ways: its clients play our environments, ours plays its servers.
 * Part of the full tests, where scripts/install-openenv.mjs was run.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isIcrlError, type Environment } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openenvEnvironment } from '../src/client/index.ts'
import {
  compileGame,
  generatedGames,
  household,
  playGame,
  solveGame,
  textcraft,
} from '../src/index.ts'
import { generateRecipes, solveTextcraft } from '../src/index.ts'
import { serveOpenenv } from '../src/server/index.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const python = join(cache, 'icrl-clients/openenv/bin/python')
const isFull = process.env.ICRL_FULL !== undefined
const isSkipped = !isFull || !existsSync(python)
const why = isFull
  ? 'run packages/environments/scripts/install-openenv.mjs'
  : 'ICRL_FULL is not set'
const skipped = isSkipped ? ` (skipped: ${why})` : ''

const script = (name: string): string =>
  fileURLToPath(new URL(`openenv/${name}.py`, import.meta.url))

interface Plan {
  readonly reset: object
  readonly actions: readonly string[]
}

type Turn = readonly [text: string, reward: number | null, done: boolean]

interface Played {
  readonly generic: readonly {
    readonly turns: readonly Turn[]
    readonly metadata: object
    readonly steps: number
    readonly after: string
  }[]
  readonly typed: readonly {
    readonly turns: readonly Turn[]
    readonly task: string
    readonly id: string
  }[]
  readonly errors: readonly string[]
  readonly validation: object | null
}

/** What the real client sees. It runs beside us: the server is in this process. */
function playInPython(
  url: string,
  token: string | null,
  episodes: readonly Plan[],
): Promise<Played> {
  const child = spawn(python, [script('play')], { stdio: ['pipe', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  child.stdin.end(JSON.stringify({ url, token, episodes }))
  return new Promise((resolve, reject) =>
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(err)))),
  )
}

async function playHere(
  environment: Environment,
  id: string,
  actions: readonly string[],
): Promise<Turn[]> {
  const episode = await environment.open()
  const turns: Turn[] = [[(await episode.reset(id)).observation, null, false]]
  for (const action of actions) {
    const { observation, reward, done } = await episode.step(action)
    turns.push([observation, reward, done])
  }
  await episode.close()
  return turns
}

interface World {
  readonly environment: Environment
  /** Ways to solve tasks, with mistakes on the way. */
  readonly plans: readonly { readonly id: string; readonly actions: readonly string[] }[]
}

async function householdWorld(): Promise<World> {
  const games = generatedGames()
  const environment = household({ games, listActions: true })
  const ids = (await environment.taskIds('train')).slice(0, 3)
  const plans = ids.map((id) => {
    const way = solveGame(playGame(compileGame(games.game(id)!, id)))!
    return { id, actions: ['fly to the moon', 'look', ...way] }
  })
  return { environment, plans }
}

async function textcraftWorld(): Promise<World> {
  const tree = generateRecipes()
  const environment = textcraft({ tree })
  const ids = (await environment.taskIds('test')).slice(0, 3)
  const plans = ids.map((id) => ({
    id,
    actions: [
      'inventory',
      'craft 1 Zoë using 1 “sun”',
      ...solveTextcraft(tree, tree.goals[Number(id)])!,
    ],
  }))
  return { environment, plans }
}

describe.skipIf(isSkipped)(`openenv of PyPI plays${skipped}`, () => {
  it.each([
    ['the household', householdWorld, null],
    ['TextCraft, with a token', textcraftWorld, 'secret'],
  ])('%s in the words of the local one', async (_, world, token) => {
    const { environment, plans } = await world()
    const server = await serveOpenenv(environment, { token: token ?? undefined })
    const episodes = plans.map(({ id, actions }) => ({ reset: { task_id: id }, actions }))
    const played = await playInPython(server.urls[0], token, episodes)
    await server.close()
    for (const [i, { id, actions }] of plans.entries()) {
      const here = await playHere(environment, id, actions)
      expect(here.at(-1)!.slice(1)).toEqual([1, true])
      expect(played.typed[i].turns).toEqual(here)
      expect(played.typed[i].id).toBe(id)
      expect(played.generic[i]).toEqual({
        turns: here,
        metadata: { success: true },
        steps: actions.length,
        after: `Server error: ${environment.name}: the episode is over. Reset first. (code: EXECUTION_ERROR)`,
      })
    }
    expect(played.errors).toEqual([
      expect.stringContaining('Reset first. (code: EXECUTION_ERROR)'),
      expect.stringContaining('no task "no such task"'),
      'Server error: Invalid message (code: VALIDATION_ERROR)',
      'Server error: Invalid message (code: VALIDATION_ERROR)',
    ])
    // Its own checks of a running server.
    if (token === null)
      expect(played.validation).toMatchObject({ passed: true, mode: 'simulation' })
  })
})

describe.skipIf(isSkipped)(`a server of PyPI's openenv${skipped}`, () => {
  const children: ChildProcess[] = []
  const urls: Record<string, string> = {}
  const start = async (name: string): Promise<void> => {
    const child = spawn(python, [script('serve'), '0', name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const port = await new Promise<string>((resolve, reject) => {
      let out = ''
      child.stdout.on('data', (text) => {
        out += text
        const ready = /READY (\d+)/.exec(out)
        if (ready) resolve(ready[1])
      })
      child.on('close', () => reject(new Error(`serve.py ${name} ended`)))
    })
    urls[name] = `http://127.0.0.1:${port}`
    // It is bound, but does not listen yet.
    const isUp = (): Promise<boolean> =>
      fetch(`${urls[name]}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 100))
  }
  beforeAll(() => Promise.all([start('hotter'), start('board')]))
  afterAll(() => {
    for (const child of children) child.kill()
  })

  // It holds one session: what plays two side by side would wait in vain.
  const alone = testEnvironment(() => openenvEnvironment(urls.hotter), {
    actions: ['5', 'nonsense', '1'],
  }).filter(({ name }) => name !== 'episodes do not touch each other')
  for (const { name, run } of alone) it(name, run)

  it('is played to the end, by tasks of its lists', async () => {
    const environment = await openenvEnvironment(urls.hotter)
    expect([environment.name, await environment.taskIds('test')]).toEqual([
      'hotter',
      ['number-7', 'number-8', 'number-9'],
    ])
    expect(environment.instructions).toContain('Find the number from 0 to 9.')
    const episode = await environment.open()
    expect(await episode.reset('number-8')).toEqual({ task: 'Guess.', observation: 'Guess.' })
    expect((await episode.step('5')).observation).toBe('More.')
    expect((await episode.step('ten')).observation).toContain(
      "message: String should match pattern '^[0-9]+$'",
    )
    expect(await episode.step('8')).toEqual({ observation: 'Right.', reward: 1, done: true })
    await episode.reset('number-8')
    await expect(episode.step('999')).rejects.toThrow('no reward, or one that is NaN')
    await episode.close()
  })

  it('that has one place is waited for, as often as it is needed', async () => {
    const environment = await openenvEnvironment(urls.hotter)
    const play = async (): Promise<string> => {
      const episode = await environment.open()
      await episode.reset('number-3')
      const { observation } = await episode.step('3')
      await episode.close()
      return observation
    }
    expect(await Promise.all([play(), play(), play(), play()])).toEqual(
      Array.from({ length: 4 }, () => 'Right.'),
    )
  })

  it('with actions of several fields is played by options; what goes wrong is named', async () => {
    await expect(openenvEnvironment(urls.board)).rejects.toThrow('has the fields row, column')
    const environment = await openenvEnvironment(urls.board, {
      action: (text) => {
        const [row, column] = text.split(' ').map(Number)
        return { row, column }
      },
      success: ({ reward }) => reward === 3,
      timeoutMs: 400,
    })
    const failed: string[] = []
    for (let seed = 0; seed < 4; seed++) {
      const episode = await environment.open()
      expect((await episode.reset(String(seed))).observation).toBe(
        '{"rows":["...","...","..."],"free":9}',
      )
      expect((await episode.step('3 3')).observation).toContain('row: Input should be less than')
      for (const spot of ['0 0', '0 1', '0 2', '1 0', '1 1', '1 2', '2 0', '2 1']) {
        const step = await episode.step(spot)
        if (!step.done) continue
        expect([step.reward, step.success]).toEqual([3, true])
        break
      }
      await episode.close()
    }
    const episode = await environment.open()
    for (const [spots, words] of [
      [['0 0', '0 0'], 'dug there before'],
      [['2 2'], 'took longer than 400 ms'],
    ] as const) {
      await episode.reset('5')
      for (const spot of spots)
        await episode.step(spot).catch((error: unknown) => {
          expect(isIcrlError(error)).toBe(true)
          failed.push((error as Error).message)
        })
      expect(failed.at(-1)).toContain(words)
    }
    await episode.close()
  })

  it('that dies in the middle of an episode is named', async () => {
    await start('hotter')
    const environment = await openenvEnvironment(urls.hotter)
    const episode = await environment.open()
    await episode.reset('number-3')
    children.at(-1)!.kill('SIGKILL')
    await expect(episode.step('3')).rejects.toThrow(/connection ended|ECONNRESET/)
    await expect(episode.reset('number-3')).rejects.toSatisfy((error) =>
      isIcrlError(error, 'environment-failed'),
    )
    await episode.close()
  })
})
