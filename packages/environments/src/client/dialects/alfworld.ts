import { householdInstructions } from '../../household/household.ts'
import { itemRange, type Dialect } from '../dialect.ts'
import {
  booleanField,
  clampReward,
  numberField,
  plainText,
  textField,
  textList,
} from '../read-answer.ts'

function withActions(answer: unknown): string {
  const actions = textList(
    (answer as { available_actions?: unknown }).available_actions,
    'available_actions',
  )
  return `${textField(answer, 'observation')}\nAVAILABLE ACTIONS: ${actions.join(',')}`
}

/**
 * AgentGym's ALFWorld. As in ICRL's client, the accepted commands are listed at the start and after
 * "Nothing happens.". Games 0–2419 are for training, 2420–2619 for tests.
 */
export const alfworldDialect: Dialect = {
  name: 'alfworld',
  instructions: householdInstructions,
  maxTurns: 50,
  idKey: 'id',
  tasks: () => ({ train: itemRange(0, 2420), test: itemRange(2420, 2620) }),
  reset: async (calls, game) => {
    const answer = await calls.post('/reset', { game, world_type: 'Text' })
    const observation = textField(answer, 'observation')
    const task = observation.slice(Math.max(0, observation.lastIndexOf('Your task is to: ')))
    return { task, observation: withActions(answer) }
  },
  observation: async (calls) => plainText(await calls.get('/observation'), 'the observation'),
  step: async (calls, action) => {
    const answer = await calls.post('/step', { action })
    const observation = textField(answer, 'observation')
    return {
      observation: observation.includes('Nothing happens') ? withActions(answer) : observation,
      reward: clampReward(numberField(answer, 'reward')),
      done: booleanField(answer, 'done'),
    }
  },
}
