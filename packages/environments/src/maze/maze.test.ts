import { randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { solvedRate } from '../../test/play-out.ts'
import { maze } from './maze.ts'
import { describeCell, doubleT, mazeMoves, solveMaze, stepMaze } from './play-maze.ts'

const moves = Object.keys(mazeMoves)
const all = async (): Promise<string[]> => [
  ...(await maze().taskIds('train')),
  ...(await maze().taskIds('test')),
]

describe('maze', () => {
  for (const { name, run } of testEnvironment(maze, {
    actions: ['move right', 'move sideways', 'move up', 'Move Down'],
  }))
    it(name, run)

  it('is solved from all 25 starts by the expert, by chance sometimes, never by silence', async () => {
    const ids = await all()
    expect(ids).toHaveLength(25)
    expect(
      await solvedRate(
        maze(),
        ids,
        (id) => (_, turn) => solveMaze(doubleT, doubleT.starts[Number(id)])![turn],
      ),
    ).toBe(1)
    const chance = await solvedRate(
      maze(),
      ids,
      (id) => (_, turn) => moves[randomStream(1, id).integer(turn, 4)],
    )
    expect(chance).toBeLessThan(0.6)
    expect(await solvedRate(maze(), ids, () => () => '')).toBe(0)
  })

  it('plays a known way', async () => {
    const episode = await maze().open()
    expect((await episode.reset('14')).observation).toBe(
      'The goal is at position 8, 6. Your current position is at position 5, 4. There are walls above you, below you.',
    )
    const seen = []
    for (const action of [
      'move right',
      'move up',
      'move right',
      'move down',
      'move down',
      'move right',
      'move down',
    ])
      seen.push(await episode.step(action))
    expect(
      seen.map(({ observation }) =>
        observation.replace(
          'The goal is at position 8, 6. Your current position is at position ',
          '',
        ),
      ),
    ).toEqual([
      '5, 5. There are walls above you, below you.',
      '5, 5. There are walls above you, below you.',
      '5, 6. There is a wall above you.',
      '6, 6. There are walls to your right, to your left.',
      '7, 6. There are walls to your right, to your left.',
      '7, 6. There are walls to your right, to your left.',
      'Success\n',
    ])
    expect(seen.at(-1)).toMatchObject({ reward: 1, done: true })
  })

  it('fails after the last step with −1 in the game, 0 here', async () => {
    let state = { position: doubleT.starts[0], steps: 0 }
    for (let i = 0; i < 50; i++) state = stepMaze(doubleT, state, 'move up', 50).state
    expect(stepMaze(doubleT, state, 'move up', 50)).toMatchObject({
      observation: 'Failure\n',
      reward: -1,
      done: true,
    })
    const episode = await maze({ maxSteps: 2 }).open()
    await episode.reset('0')
    expect(
      [await episode.step('x'), await episode.step('constructor')].map(({ reward, done }) => [
        reward,
        done,
      ]),
    ).toEqual([
      [0, false],
      [0, true],
    ])
  })

  it('describes cells with no wall, one and several', () => {
    const layout = {
      rows: ['11111', '10001', '10001', '10001', '11111'],
      goal: [1, 1],
      starts: [],
    } as const
    expect(describeCell(layout, [2, 2])).toMatch(/There are no walls near you\.$/)
    expect(describeCell(layout, [1, 2])).toMatch(/There is a wall above you\.$/)
    expect(describeCell(layout, [1, 3])).toMatch(/There are walls to your right, above you\.$/)
    expect(
      solveMaze({ ...layout, rows: ['11111', '10101', '10101', '10101', '11111'] }, [1, 3]),
    ).toBe(undefined)
  })
})
