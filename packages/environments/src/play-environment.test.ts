import { describe, expect, it } from 'vitest'
import { maze } from './maze/maze.ts'
import { playEnvironment } from './play-environment.ts'

describe('playEnvironment', () => {
  const play = async (
    lines: readonly string[],
    taskId?: string,
  ): Promise<{ shown: string[]; result: unknown }> => {
    const shown: string[] = []
    const result = await playEnvironment(maze({ maxSteps: 3 }), {
      taskId,
      lines,
      show: (text) => shown.push(text),
    })
    return { shown, result }
  }

  it('shows the task, takes lines and tagged actions, and ends with the reward', async () => {
    const { shown, result } = await play(
      ['move left', 'I go <action>move down</action>', 'never read'],
      '18',
    )
    expect(shown[0]).toMatch(
      /^maze, task 18, at most 3 turns; quit to leave\.\n\n.*Reach the goal\.\n\nThe goal is at position 8, 6\./s,
    )
    expect(shown.slice(2)).toEqual(['Success\n', 'The end after 2 turns, reward 1.'])
    expect(result).toEqual({
      taskId: '18',
      turns: 2,
      last: { observation: 'Success\n', reward: 1, done: true },
    })
  })

  it('stops when told to, when the lines end, and when the turns are used up', async () => {
    expect((await play(['quit'])).result).toEqual({ taskId: '0', turns: 0, last: undefined })
    expect((await play(['x'])).result).toMatchObject({ turns: 1 })
    expect((await play(['x', 'x', 'x', 'x'])).result).toMatchObject({
      turns: 3,
      last: { done: true },
    })
    expect((await play([])).shown.at(-1)).toBe('Left.')
  })

  it('lets an unknown task be refused', async () => {
    await expect(play([], '99')).rejects.toThrow('no task "99"')
  })
})
