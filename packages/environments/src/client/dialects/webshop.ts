import { shopInstructions } from '../../shop/shop.ts'
import { itemRange, type Dialect } from '../dialect.ts'
import { booleanField, clampReward, numberField, plainText, textField } from '../read-answer.ts'

function instructionOf(page: string): string {
  return /Instruction: \[SEP\] (.*?) \[SEP\]/.exec(page)?.[1] ?? page
}

/**
 * AgentGym's WebShop: 6,910 goals, the first 500 for tests, those from 1,500 for training, as
 * WebShop splits its own.
 */
export const webshopDialect: Dialect = {
  name: 'webshop',
  instructions: shopInstructions,
  maxTurns: 30,
  idKey: 'env_idx',
  tasks: () => ({ train: itemRange(1500, 6910), test: itemRange(0, 500) }),
  reset: async (calls, goal) => {
    await calls.post('/reset', { session_id: goal })
    const observation = plainText(await calls.get('/observation'), 'the observation')
    return { task: instructionOf(observation), observation }
  },
  observation: async (calls) => plainText(await calls.get('/observation'), 'the observation'),
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action })
    return {
      observation: textField(answer, 'state'),
      reward: clampReward(numberField(answer, 'reward')),
      done: booleanField(answer, 'done'),
    }
  },
}
