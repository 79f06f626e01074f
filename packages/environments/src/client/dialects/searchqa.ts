import { parseSearchAction, searchqaInstructions } from '../../searchqa/searchqa.ts'
import { itemRange, type Dialect } from '../dialect.ts'
import { booleanField, clampReward, numberField, plainText, textField } from '../read-answer.ts'

/**
 * AgentGym's SearchQA. As in ICRL's client, one answer ends the task, right or wrong. Items 0–51712
 * are for tests, the others for training.
 */
export const searchqaDialect: Dialect = {
  name: 'searchqa',
  instructions: searchqaInstructions,
  maxTurns: 8,
  idKey: 'env_idx',
  createBody: { id: 0 },
  stateless: true,
  tasks: () => ({ train: itemRange(51_713, 221_328), test: itemRange(0, 51_713) }),
  parseAction: parseSearchAction,
  invalidAction:
    'Your answer held no action. Write a query between <search> and </search>, or the final answer between <answer> and </answer>.',
  reset: async (calls, item) => {
    const observation = plainText(await calls.post('/reset', { id: item }), 'the observation')
    const at = observation.lastIndexOf('Question: ')
    return { task: at < 0 ? observation : observation.slice(at + 'Question: '.length), observation }
  },
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action })
    const answered = /<answer>[\s\S]*<\/answer>/.test(action)
    return {
      observation: textField(answer, 'observation'),
      reward: clampReward(numberField(answer, 'reward')),
      done: booleanField(answer, 'done') || answered,
    }
  },
}
