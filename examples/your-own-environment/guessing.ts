import { type Environment, randomStream } from '@icrl/core'
import { localEnvironment, unknownTask } from '@icrl/environments'

const words = ['ash', 'copper', 'flax', 'hemp', 'linen']
const ids = Array.from({ length: 80 }, (_, game) => `game-${game}`)

/** Find the secret word; every guess is answered by where the secret lies in the alphabet. */
export const guessing: Environment = localEnvironment({
  name: 'guessing',
  instructions: `Find the item: ${words.join(', ')}.`,
  maxTurns: 3,
  tasks: { train: ids.slice(0, 48), test: ids.slice(48) },
  parseAction: (response) => response.split(' ').find((word) => words.includes(word)),
  invalidAction: `Find the item: ${words.join(', ')}.`,
  play: (id) => {
    if (!ids.includes(id)) throw unknownTask('guessing', id)
    const secret = words[randomStream(0, id).integer(0, words.length)]
    return {
      start: { task: 'Find the item.', observation: 'Not found.' },
      step: (guess) => {
        if (guess === secret) return { observation: 'Got it.', reward: 1, done: true }
        return { observation: guess < secret ? 'More.' : 'Less.', reward: 0, done: false }
      },
      snapshot: () => null, // all that a game has to remember: nothing
      restore: () => {},
    }
  },
})
