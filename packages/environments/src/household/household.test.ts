import { randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { solvedRate } from '../../test/play-out.ts'
import { compileGame } from './compile-game.ts'
import { playGame } from './play-game.ts'
import { solveGame } from './solve-game.ts'
import { generatedGames, listedGames } from './household-games.ts'
import { household } from './household.ts'
import { generateWorld } from './generate-world.ts'
import { writeGame } from './write-game.ts'

const games = generatedGames({ train: 12, test: 4, size: 'small' })

describe('household', () => {
  for (const { name, run } of testEnvironment(() => household({ games }), {
    actions: [
      'look',
      'nonsense',
      'inventory',
      'go to fridge 1',
      'go to cabinet 1',
      'open cabinet 1',
      'LOOK',
    ],
  }))
    it(name, run)

  it('is solved in all of 30 games by the expert, in few by random commands, in none by silence', async () => {
    const source = generatedGames({ train: 30, test: 0 })
    const environment = household({ games: source })
    const expert = (id: string) => {
      const plan = solveGame(playGame(compileGame(source.game(id)!, id)))!
      return (_: string, turn: number) => plan[turn]
    }
    // Plays beside the environment, to know the commands it accepts.
    const random = (id: string) => {
      const play = playGame(compileGame(source.game(id)!, id))
      return (_: string, turn: number) => {
        const commands = play.admissible()
        const command = commands[randomStream(4, id).integer(turn, commands.length)]
        play.step(command)
        return command
      }
    }
    expect(await solvedRate(environment, source.train, expert)).toBe(1)
    expect(await solvedRate(environment, source.train, random)).toBeLessThan(0.2)
    expect(await solvedRate(environment, source.train.slice(0, 10), () => () => '')).toBe(0)
  })

  it('puts the task into words and rewards its completion with 1', async () => {
    const episode = await household({
      games: listedGames({
        train: [
          writeGame(
            generateWorld({ seed: 1, task: 'pick_and_place_simple', size: 'small', name: 'one' }),
          ),
        ],
        test: [],
      }),
    }).open()
    const start = await episode.reset('one')
    expect(start.task).toMatch(/^Your task is to: put .*\.$/)
    expect(start.observation.endsWith(start.task)).toBe(true)
    expect((await episode.step('look')).reward).toBe(0)
  })

  it('lists the accepted commands at the start and after a refusal, if asked', async () => {
    const episode = await household({ games, listActions: true }).open()
    expect((await episode.reset('train-0')).observation).toContain('\nAVAILABLE ACTIONS: go to ')
    expect((await episode.step('dance')).observation).toMatch(
      /^Nothing happens\.\nAVAILABLE ACTIONS: .*,inventory,look/,
    )
    expect((await episode.step('inventory')).observation).toBe('You are not carrying anything.')
  })

  it('ends after maxSteps', async () => {
    const episode = await household({ games, maxSteps: 2 }).open()
    await episode.reset('test-0')
    expect([
      (await episode.step('look')).done,
      (await episode.step('look')).done,
      (await episode.step('look')).done,
    ]).toEqual([false, true, true])
  })

  it('refuses numbers and names that do not fit', () => {
    expect(() => generatedGames({ train: -1 })).toThrow('-1 training')
    expect(() => generatedGames({ tasks: [] })).toThrow('0 tasks')
    const game = writeGame(generateWorld({ seed: 1, name: 'same' }))
    expect(() => listedGames({ train: [game], test: [game] })).toThrow('two games named "same"')
  })
})
