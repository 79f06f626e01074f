import type { QuizTask } from '@icrl/core/testing'
import { revise, type ReviseOptions } from '@icrl/methods'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut } = splitQuiz({ seed: 7 })
const { renderer } = world
const id = (word: string): number => renderer.answer!(word)[0]
const topics = Array.from({ length: 10 }, (_, i) => `q${i}`)
/**
 * Attempts are composites, `q3=a2`: such a word is an answer to one question, so that whether to give
 * it up is a thing of that word. It stands for a model that can check its own answers.
 */
const claimOf = ({ topic, answer }: QuizTask): string => world.composite({ topic }, answer)
const options: Omit<ReviseOptions<QuizTask>, 'optimizer' | 'steps'> = {
  tasks: train.slice(0, 64),
  heldOut,
  renderer,
  prompt: (task) => world.revisePrompt(task),
  verifier: ({ text, task }) => ({ reward: text === claimOf(task) ? 1 : 0, valid: true }),
  refine: 'refine',
  answerOf: (text) => text,
  reference: claimOf,
  samples: 6,
  tasksPerStep: 8,
  votes: 3,
}
const arm =
  (steps: ReviseOptions<QuizTask>['steps']): Arm =>
  async ({ lab, learningRate }) =>
    (await revise({ ...options, steps, optimizer: { learningRate, clipNorm: 1 } })(lab))!

/** ReVISE: verify, then refine, by preferences about a reserved word. */
export const reviseRow: MethodExperiment = {
  name: 'revise',
  question:
    'After an attempt the solver ends or says "refine" and attempts again. Does learning when to refine help, and does it need to come before learning how?',
  model: quizModel(world, {
    biases: topics.flatMap((topic) =>
      world.answers.flatMap((answer) => {
        const token = id(world.composite({ topic }, answer))
        return [
          ...[0, 2].map((at) => ({ prompt: id('<revise>'), at, token, value: 40 })),
          { prompt: id(topic), at: 2, token, value: 6 },
        ]
      }),
    ),
  }),
  roles: { solver: speaks(world) },
  arms: {
    revise: arm([0, 20, 40]),
    'without verifying first': arm([0, 0, 60]),
    'fine-tuning on answers': arm([60, 0, 0]),
  },
  finding:
    'Refining adds nothing here: its gain is .006 [.000, .016]. Fine-tuning on the reference answers learns nearly all of them (.998), so that little is left to refine. Learning to verify first costs .214 [.017, .420].',
  figures: [
    { name: 'last', label: 'last answers right' },
    { name: 'first', label: 'first answers right' },
    { name: 'gain', label: 'gain of refining' },
    { name: 'eval/vote', label: 'weighted vote' },
  ],
}
