import { mazeInstructions } from '../../maze/maze.ts'
import { splitEvery, type Dialect } from '../dialect.ts'
import { booleanField, clampReward, numberField, plainText, textField } from '../read-answer.ts'

/** The maze of AgentGym's LMRL-Gym server: 25 starts. */
export const mazeDialect: Dialect = {
  name: 'maze',
  instructions: mazeInstructions,
  maxTurns: 50,
  idKey: 'id',
  prefix: '/maze',
  tasks: () => splitEvery(5, 25),
  reset: async (calls, game) => ({
    task: 'Reach the goal.',
    observation: textField(await calls.post('/reset', { game }), 'observation'),
  }),
  observation: async (calls) => plainText(await calls.get('/observation'), 'the observation'),
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action })
    return {
      observation: textField(answer, 'observation'),
      reward: clampReward(numberField(answer, 'reward')),
      done: booleanField(answer, 'done'),
    }
  },
}
