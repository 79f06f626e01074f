import { textcraftInstructions } from '../../textcraft/textcraft.ts'
import { cleanAction, type Dialect, splitEvery } from '../dialect.ts'
import { booleanField, clampReward, numberField, plainText, textField } from '../read-answer.ts'

/** AgentGym's TextCraft: 544 goals by depth. */
export const textcraftDialect: Dialect = {
  name: 'textcraft',
  instructions: textcraftInstructions,
  maxTurns: 40,
  idKey: 'id',
  createBody: {},
  tasks: () => splitEvery(5, 544),
  reset: async (calls, item) => {
    const observation = textField(await calls.post('/reset', { data_idx: item }), 'observation')
    return { task: observation.slice(Math.max(0, observation.lastIndexOf('Goal: '))), observation }
  },
  observation: async (calls) => plainText(await calls.get('/observation'), 'the observation'),
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action: cleanAction(action) })
    return {
      observation: textField(answer, 'observation'),
      reward: clampReward(numberField(answer, 'reward')),
      done: booleanField(answer, 'done'),
    }
  },
}
