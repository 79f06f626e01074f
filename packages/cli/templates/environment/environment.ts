import type { Environment } from '@icrl/core'
import { localEnvironment, unknownTask } from '@icrl/environments'

const secrets = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

/** Find a number from 1 to 9; every guess is answered by where the number lies. */
export const guessing: Environment = localEnvironment({
  name: 'guessing',
  instructions: 'Find the number from 1 to 9. Answer with one number.',
  maxTurns: 4,
  tasks: { train: secrets.slice(0, 7), test: secrets.slice(7) },
  // What in an answer is the action; undefined: none, and `invalidAction` is said.
  parseAction: (response) => /[1-9]/.exec(response)?.[0],
  invalidAction: 'Say a number from 1 to 9.',
  // One episode. It must be a function of its task and its actions: no clock, no chance.
  play: (id) => {
    if (!secrets.includes(id)) throw unknownTask('guessing', id)
    let guesses = 0
    return {
      start: { task: 'Find the number.', observation: 'Between 1 and 9.' },
      step: (guess) => {
        if (guess === id) return { observation: 'Right.', reward: 1, done: true }
        return { observation: guess < id ? 'More.' : 'Less.', reward: 0, done: ++guesses === 4 }
      },
      snapshot: () => guesses,
      restore: (state) => void (guesses = Number(state)),
    }
  },
})
