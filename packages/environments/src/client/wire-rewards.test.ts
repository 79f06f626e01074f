import { describe, expect, it } from 'vitest'
import { json, responding } from '../../test/responding.ts'
import { agentgymEnvironment } from './agentgym-environment.ts'
import { alfworldDialect } from './dialects/alfworld.ts'
import { babyaiDialect } from './dialects/babyai.ts'
import { mazeDialect } from './dialects/maze.ts'
import { sciworldDialect } from './dialects/sciworld.ts'
import { searchqaDialect } from './dialects/searchqa.ts'
import { textcraftDialect } from './dialects/textcraft.ts'
import { webshopDialect } from './dialects/webshop.ts'
import { wordleDialect } from './dialects/wordle.ts'
import { clampReward } from './read-answer.ts'

const dialects = [
  alfworldDialect,
  babyaiDialect,
  mazeDialect,
  sciworldDialect,
  searchqaDialect,
  textcraftDialect,
  webshopDialect,
  wordleDialect,
]

it('takes a sum of components that misses 1 by rounding, a penalty as 0, and nothing above 1', () => {
  expect([0.7 + 0.2 + 0.1, 1 + 2 ** -52, -100].map(clampReward)).toEqual([0.7 + 0.2 + 0.1, 1, 0])
  expect(() => clampReward(1.5)).toThrow('a reward of 1.5, above 1')
})

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('%s', (_, dialect) => {
  it.each([true, '1', null, undefined, [1]])('takes no reward of %j', async (reward) => {
    const told = {
      observation: 'o',
      state: 'o',
      instruction: 'i',
      task_description: 't',
      available_actions: [],
      reward,
      score: reward,
      done: false,
    }
    const environment = agentgymEnvironment(dialect, {
      servers: ['http://server'],
      transport: responding((path) => {
        if (path.endsWith('/create')) return json({ id: 0, env_idx: 0 })
        if (path.endsWith('/filtered_vocab')) return json([])
        if (path === '/reset' && dialect === searchqaDialect) return json('Question: x')
        if (/\/(?:observation|instruction_text)$/.test(path)) return json('Instruction: x')
        return json(told)
      }),
    })
    const episode = await environment.open()
    await episode.reset('0')
    await expect(episode.step('<search>a</search>')).rejects.toThrow(/no number "(?:reward|score)"/)
  })
})
