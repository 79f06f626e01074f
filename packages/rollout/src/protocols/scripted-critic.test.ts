import type { CompletionOptions, QuestionTask, TextGenerator } from '@icrl/core'
import { expect, it } from 'vitest'
import { rewardsOf } from '../../test/rewards-of.ts'
import { wordRenderer } from '../../test/word-renderer.ts'
import { runSessions, singleTurn, solveCritiqueRevise } from '../index.ts'

const task: QuestionTask = { id: 'q', question: 'how many', answer: 'five' }

it('a scripted critic is given the task and the attempt, not only messages', async () => {
  const told: CompletionOptions[] = []
  const critic: TextGenerator = {
    complete: async (_messages, options = {}) => {
      told.push(options)
      const { task: asked, attempt } = options.about!
      return {
        text: `${attempt!.turns[0].text} is wrong, it is ${(asked as QuestionTask).answer}`,
        finish: 'stop',
      }
    },
  }
  const solver: TextGenerator = {
    complete: async (messages, { about } = {}) => {
      expect(about).toEqual({ task })
      return { text: String(messages.at(-1)!.content).split(' ').at(-1)!, finish: 'stop' }
    },
  }
  const binding = { renderer: wordRenderer(), sampling: { maxTokens: 8, temperature: 1 } }
  const [result] = await runSessions({
    protocol: solveCritiqueRevise<QuestionTask>({
      attempt: singleTurn({
        prompt: ({ question }, advice) => [{ role: 'user', content: advice ?? question }],
        verifier: ({ text }) => ({ reward: text === 'five' ? 1 : 0, valid: true }),
      }),
      criticPrompt: () => [{ role: 'user', content: 'why' }],
      parseCritique: (text) => ({ critique: text, valid: true }),
    }),
    tasks: [task],
    sessions: 1,
    samplers: { solver, critic },
    bindings: { solver: binding, critic: binding },
    draw: { seed: 0, domain: 'eval', step: 0 },
  })
  expect(rewardsOf(result)).toEqual([0, 1])
  expect(result.transcript[1].text).toBe('many is wrong, it is five')
  expect(told).toHaveLength(1)
})
