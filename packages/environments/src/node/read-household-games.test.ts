import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { compileGame } from '../household/compile-game.ts'
import { generateWorld } from '../household/generate-world.ts'
import { household } from '../household/household.ts'
import { playGame } from '../household/play-game.ts'
import { writeGame } from '../household/write-game.ts'
import { householdGames, readHouseholdGames } from './read-household-games.ts'
import { readMappedGames } from './read-mapped-games.ts'
import { readLines } from './read-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'games-'))
afterAll(() => rmSync(folder, { recursive: true }))
const game = writeGame(generateWorld({ seed: 9, size: 'small', name: 'nine' }))
const write = (name: string, content: string | Buffer): string => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

describe('readHouseholdGames', () => {
  it('reads a folder in sorted order, and only when a game is played', async () => {
    write('all/b/trial_1/game.tw-pddl', JSON.stringify(game))
    write('all/a/trial_2/game.tw-pddl', '{')
    const games = await readHouseholdGames(join(folder, 'all'))
    expect(games.map(({ name }) => name)).toEqual(['a/trial_2', 'b/trial_1'])
    expect(() => games[0].load()).toThrow('not JSON')
    const episode = await household({ games: householdGames({ train: games, test: [] }) }).open()
    expect((await episode.reset('b/trial_1')).task).toContain(game.goal)
    await expect(episode.reset('a/trial_2')).rejects.toThrow('a/trial_2')
  })

  it('reads sets with and without their texts, gzipped or not', async () => {
    const { pddl_domain: _domain, grammar: _grammar, ...short } = game
    for (const path of [
      write(
        'set.jsonl',
        `${JSON.stringify(short)}\r\n\n${JSON.stringify({ ...game, game: 'two' })}`,
      ),
      write(
        'set.jsonl.gz',
        gzipSync(`${JSON.stringify(short)}\n${JSON.stringify({ ...game, game: 'two' })}\n`),
      ),
    ]) {
      const games = await readHouseholdGames(path)
      expect(games.map(({ name }) => name)).toEqual(['nine', 'two'])
      const turns = games.map((named) => playGame(compileGame(named.load(), named.name)).turn)
      expect(turns[0]).toEqual(turns[1])
    }
  })

  it('names what is wrong', async () => {
    await expect(readHouseholdGames(join(folder, 'absent'))).rejects.toThrow(
      'no such file or folder',
    )
    mkdirSync(join(folder, 'empty'))
    await expect(readHouseholdGames(join(folder, 'empty'))).rejects.toThrow(
      'no game.tw-pddl below it',
    )
    await expect(readHouseholdGames(write('bad.jsonl', '{}\n'))).rejects.toThrow(
      'line 1: no text "pddl_domain"',
    )
    await expect(
      readHouseholdGames(write('worse.jsonl', `${JSON.stringify(game)}\n<html>`)),
    ).rejects.toThrow('line 2: not JSON')
    const one = await readHouseholdGames(write('game.tw-pddl', JSON.stringify(game)))
    expect(() => householdGames({ train: one, test: one })).toThrow('two games have one name')
  })
})

describe('readMappedGames', () => {
  it('orders games by AgentGym’s numbers and names what is missing', async () => {
    for (const name of ['look-A/trial_1', 'pick-B/trial_2'])
      write(`mapped/${name}/game.tw-pddl`, JSON.stringify(game))
    const mapping = write(
      'mapping.json',
      JSON.stringify([
        { item_id: 1, task_type: 'pick-B', task_id: 'trial_2' },
        { item_id: 0, task_type: 'look-A', task_id: 'trial_1' },
        { item_id: 2, task_type: 'gone', task_id: 'trial_3' },
      ]),
    )
    const games = readMappedGames(join(folder, 'mapped'), mapping)
    expect(games.map(({ name }) => name)).toEqual([
      'look-A/trial_1',
      'pick-B/trial_2',
      'gone/trial_3',
    ])
    expect(games[1].load().goal).toBe(game.goal)
    expect(() => games[2].load()).toThrow('gone/trial_3/game.tw-pddl: cannot be read')
    expect(() => readMappedGames(join(folder, 'absent'), mapping)).toThrow('no such folder')
    expect(() => readMappedGames(folder, write('other.json', '[{}]'))).toThrow(
      'entry 0: no item_id',
    )
    expect(() => readMappedGames(folder, write('third.json', '{}'))).toThrow('not a list')
  })
})

describe('readLines', () => {
  it('names broken compression', async () => {
    const path = write('cut.jsonl.gz', gzipSync('x'.repeat(1000)).subarray(0, 12))
    await expect(async () => {
      for await (const line of readLines(path)) expect(line).toBe('')
    }).rejects.toThrow('cut.jsonl.gz')
  })
})
