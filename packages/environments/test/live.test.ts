/**
 * The client against the real engines, and our household server beside the real one. Needs Python
 * (and Java for ScienceWorld); the engines install themselves once. Run with ICRL_LIVE=1; without
 * it these tests are skipped.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { agentgymEnvironment } from '../src/client/agentgym-environment.ts'
import { alfworldDialect } from '../src/client/dialects/alfworld.ts'
import { babyaiDialect } from '../src/client/dialects/babyai.ts'
import { sciworldDialect } from '../src/client/dialects/sciworld.ts'
import { compileGame } from '../src/household/compile-game.ts'
import { generateWorld } from '../src/household/generate-world.ts'
import { listedGames } from '../src/household/household-games.ts'
import { householdTasks } from '../src/household/household-world.ts'
import { playGame } from '../src/household/play-game.ts'
import { solveGame } from '../src/household/solve-game.ts'
import { writeGame } from '../src/household/write-game.ts'
import { alfworldApp } from '../src/server/alfworld-app.ts'
import { serve } from '../src/server/serve.ts'
import { readExchanges, type RecordedEpisode } from './exchanges.ts'
import { sharedData } from './shared-data.ts'

const script = join(
  process.env.ICRL_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url)),
  'tools/agentgym-reference.sh',
)
const isLive = process.env.ICRL_LIVE === '1' && existsSync(script)

const children: ChildProcess[] = []
const folder = mkdtempSync(join(tmpdir(), 'live-'))
afterAll(() => {
  for (const child of children) process.kill(-child.pid!)
  rmSync(folder, { recursive: true })
})

/** Starts the reference server and waits for its READY line; the port is free only most likely. */
async function reference(name: string, more: readonly string[] = []): Promise<string> {
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const child = spawn('bash', [script, name, String(port), ...more], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('READY ')) return line.slice('READY '.length)
  throw new Error(`${name}: the server ended before it was ready`)
}

const stepsOf = ({
  exchanges,
}: RecordedEpisode): { action: string; json: Record<string, unknown> }[] => {
  const at = exchanges.findIndex(
    ({ path, json }) =>
      path === '/reset' && typeof json === 'object' && json !== null && 'observation' in json,
  )
  const end = exchanges.findIndex(({ path }, i) => i > at && path === '/reset')
  return exchanges
    .slice(at + 1, end < 0 ? undefined : end)
    .flatMap(({ path, status, body, json }) =>
      path === '/step' && status === 200 && 'observation' in (json as object)
        ? [{ action: String(body!.action), json: json as Record<string, unknown> }]
        : [],
    )
}
const itemOf = ({ exchanges }: RecordedEpisode): string =>
  String(
    exchanges.find(
      ({ path, json }) =>
        path === '/reset' && typeof json === 'object' && json !== null && 'observation' in json,
    )!.body!.data_idx,
  )

describe.skipIf(!isLive)('live', () => {
  it('ScienceWorld: gold sequences reach the score that the engine says', async () => {
    const url = await reference('sciworld')
    const environment = agentgymEnvironment(sciworldDialect, { servers: [url] })
    const episodes = readExchanges(sharedData('envs/sciworld_exchanges.jsonl.gz')!).filter(
      (episode) => (episode as unknown as { kind: string }).kind === 'gold',
    )
    expect(episodes.length).toBeGreaterThan(3)
    let full = 0
    for (const recorded of episodes) {
      const episode = await environment.open()
      await episode.reset(itemOf(recorded))
      const steps = stepsOf(recorded)
      let reward = 0
      for (const { action } of steps) reward = (await episode.step(action)).reward
      expect([recorded.episode, reward]).toEqual([
        recorded.episode,
        Math.max(0, Number(steps.at(-1)!.json.score)) / 100,
      ])
      if (reward === 1) full++
      await episode.close()
    }
    expect(full).toBeGreaterThan(0)
  }, 600_000)

  it('BabyAI: recorded actions give the recorded observations', async () => {
    const url = await reference('babyai')
    const environment = agentgymEnvironment(babyaiDialect, { servers: [url] })
    let count = 0
    for (const recorded of readExchanges(sharedData('envs/babyai_exchanges.jsonl.gz')!)) {
      const episode = await environment.open()
      await episode.reset(itemOf(recorded))
      for (const { action, json } of stepsOf(recorded)) {
        // The client cleans actions before it sends them: only those that need no cleaning can be
        // compared.
        if (!/^(?:[A-Za-z0-9,]+(?: [A-Za-z0-9,]+)*)?$/.test(action)) break
        const step = await episode.step(action)
        expect(step).toEqual({
          observation: json.observation,
          reward: Math.min(1, Number(json.score)),
          done: json.done,
        })
        count++
        if (step.done) break
      }
      await episode.close()
    }
    expect(count).toBeGreaterThan(300)
  }, 600_000)

  it('ALFWorld: our worlds play the same on both servers, and the expert wins', async () => {
    const games = householdTasks.map((task, i) =>
      writeGame(generateWorld({ seed: 300 + i, task, size: i % 2 === 0 ? 'small' : 'medium' })),
    )
    const file = join(folder, 'games.jsonl.gz')
    writeFileSync(file, gzipSync(games.map((game) => JSON.stringify(game)).join('\n')))
    const [theirs, ours] = [
      await reference('alfworld', ['--games', file]),
      await serve(alfworldApp({ games: listedGames({ train: games, test: [] }) })),
    ]
    const tasks = { train: games.map((_, i) => String(i)), test: [] }
    const [a, b] = [theirs, ours.urls[0]].map((url) =>
      agentgymEnvironment(alfworldDialect, { servers: [url], tasks }),
    )
    for (const [i, game] of games.entries()) {
      const [mine, other] = [await a.open(), await b.open()]
      expect(await mine.reset(String(i))).toEqual(await other.reset(String(i)))
      let last = { observation: '', reward: 0, done: false }
      for (const action of [
        'look',
        'Nonsense',
        ...solveGame(playGame(compileGame(game, 'live')))!,
      ]) {
        last = await mine.step(action)
        expect(last).toEqual(await other.step(action))
      }
      expect(last).toMatchObject({ reward: 1, done: true })
      await Promise.all([mine.close(), other.close()])
    }
    await ours.close()
  }, 600_000)
})
