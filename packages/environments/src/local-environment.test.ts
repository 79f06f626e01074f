import { isIcrlError, type Environment } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { localEnvironment, unknownTask } from './local-environment.ts'

/** Counts to the number of the task. */
function counting(): Environment {
  return localEnvironment({
    name: 'counting',
    instructions: 'Say <action>more</action>.',
    maxTurns: 9,
    tasks: { train: ['1', '2', '3'], test: ['4'] },
    play: (id) => {
      if (!/^[1-4]$/.test(id)) throw unknownTask('counting', id)
      let said = 0
      return {
        start: { task: `Count to ${id}.`, observation: '0' },
        step: (action) => {
          if (action === 'more') said++
          return {
            observation: String(said),
            reward: said === Number(id) ? 1 : 0,
            done: said === Number(id),
          }
        },
        snapshot: () => said,
        restore: (state) => {
          said = Number(state)
        },
      }
    },
  })
}

const code = (code: string): unknown =>
  expect.toSatisfy((error) => isIcrlError(error, code as never))

describe('localEnvironment', () => {
  for (const { name, run } of testEnvironment(counting, {
    actions: ['more', 'less', 'more', 'more'],
    taskId: '3',
  }))
    it(name, run)

  it('repeats the last step after the end', async () => {
    const episode = await counting().open()
    await episode.reset('1')
    const last = await episode.step('more')
    expect(await episode.step('more')).toEqual(last)
  })

  it('restores in another episode, also after the end', async () => {
    const environment = counting()
    const [one, other] = [await environment.open(), await environment.open()]
    await one.reset('2')
    await one.step('more')
    await other.restore!(await one.snapshot!())
    expect((await other.step('more')).done).toBe(true)
    await one.restore!(await other.snapshot!())
    expect((await one.step('more')).observation).toBe('2')
  })

  it('names wrong order, split, task and snapshot', async () => {
    const environment = counting()
    const episode = await environment.open()
    await expect(environment.taskIds('dev' as never)).rejects.toThrow(code('invalid-option'))
    await expect(episode.step('more')).rejects.toThrow(code('environment-failed'))
    await expect(episode.reset('5')).rejects.toThrow(code('invalid-option'))
    await expect(episode.restore!('no')).rejects.toThrow(code('corrupt-file'))
    await expect(episode.restore!('{}')).rejects.toThrow(code('corrupt-file'))
    await expect(episode.reset('1', AbortSignal.abort())).rejects.toThrow()
    await episode.close()
    await expect(episode.reset('1')).rejects.toThrow('closed')
  })
})
