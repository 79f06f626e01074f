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

  it('reads sets with and without their texts, packed or not', async () => {
    const { pddl_domain: _domain, grammar: _grammar, ...short } = game
    for (const path of [write('set.jsonl', `${JSON.stringify(short)}\r\n\n${JSON.stringify({ ...game, game: 'two' })}`), write('set.jsonl.gz', gzipSync(`${JSON.stringify(short)}\n${JSON.stringify({ ...game, game: 'two' })}\n`))]) {
      const games = await readHouseholdGames(path)
      expect(games.map(({ name }) => name)).toEqual(['nine', 'two'])
      const turns = games.map((named) => playGame(compileGame(named.load(), named.name)).turn)
      expect(turns[0]).toEqual(turns[1])
    }
  })

  it('names what is wrong', async () => {
    await expect(readHouseholdGames(join(folder, 'absent'))).rejects.toThrow('no such file or folder')
    mkdirSync(join(folder, 'empty'))
    await expect(readHouseholdGames(join(folder, 'empty'))).rejects.toThrow('no game.tw-pddl below it')
    await expect(readHouseholdGames(write('bad.jsonl', '{}\n'))).rejects.toThrow('line 1: no text "pddl_domain"')
    await expect(readHouseholdGames(write('worse.jsonl', `${JSON.stringify(game)}\n<html>`))).rejects.toThrow('line 2: not JSON')
    const one = await readHouseholdGames(write('game.tw-pddl', JSON.stringify(game)))
    expect(() => householdGames({ train: one, test: one })).toThrow('two games have one name')
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
