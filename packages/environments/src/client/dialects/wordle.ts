import { wordleInstructions } from '../../wordle/wordle.ts'
import { itemRange, type Dialect } from '../dialect.ts'
import {
  booleanField,
  clampReward,
  numberField,
  plainText,
  textField,
  textList,
} from '../read-answer.ts'

/**
 * The Wordle of AgentGym's LMRL-Gym server: items are seeds. The first observation lists the words
 * of the game.
 */
export const wordleDialect: Dialect = {
  name: 'wordle',
  instructions: wordleInstructions([]),
  maxTurns: 6,
  idKey: 'id',
  prefix: '/wordle',
  tasks: () => ({ train: itemRange(0, 1024), test: itemRange(1_000_000, 1_000_128) }),
  reset: async (calls, seed) => {
    const observation = textField(await calls.post('/reset', { seed }), 'observation')
    const words = textList(await calls.get('/filtered_vocab'), 'filtered_vocab')
    return {
      task: 'Find the hidden word of five letters.',
      observation: `${observation}\nThe words of this game are: ${words.join(' ')}.`,
    }
  },
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
