import { score, type ScoreOptions } from '@icrl/methods'
import type { QuizTask } from '@icrl/core/testing'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, otherTopics } = splitQuiz({
  seed: 2,
  accuracy: { easy: 0.6, middling: 0.5, hard: 0.3 },
})
const revise = (task: QuizTask, answer: string): string =>
  `<solve> ${world.answers.includes(answer) ? world.residue(task, answer) : ''}`
const id = (word: string): number => world.renderer.answer!(word)[0]
const options: Omit<ScoreOptions<QuizTask>, 'optimizer'> = {
  prompt: (task) => world.prompt(task),
  revise,
  verifier: world.verifier,
  tasks: train,
  heldOut: otherTopics,
  steps: [20, 20],
  beta1: 0.3,
  beta2: 3,
}
const arm =
  (more: Partial<ScoreOptions<QuizTask>>): Arm =>
  async ({ lab, learningRate }) =>
    (await score({ ...options, ...more, optimizer: { learningRate, clipNorm: 1 } })(lab))!

/** SCoRe: a second turn that corrects the first, on topics that training never asked about. */
export const scoreRow: MethodExperiment = {
  name: 'score',
  question:
    'A solver that repeats its answer when it is asked again sees a word that tells, nine times in ten, whether the answer fits. Does it learn to correct itself on topics that it never trained on?',
  model: quizModel(world, {
    biases: world.answers.map((answer) => ({
      prompt: id(answer),
      at: 0,
      token: id(answer),
      value: 4,
    })),
    prompts: {
      again: (draws) => {
        const task = [...train, ...otherTopics][draws.integer(3, train.length + otherTopics.length)]
        const answer = world.answers[draws.integer(4, world.answers.length)]
        return [
          ...world.prompt(task),
          { role: 'assistant', content: answer },
          { role: 'user', content: revise(task, answer) },
        ]
      },
    },
  }),
  roles: { solver: speaks(world) },
  arms: {
    score: arm({}),
    'without stage I': arm({ steps: [0, 40] }),
    'without bonus': arm({ alpha: 0 }),
    'plain two turns': arm({ steps: [0, 40], alpha: 0 }),
  },
  finding:
    'Hardly: the gain of the second turn is .011 [−.005, .027]. It leads plain training of both turns by .036 [−.003, .075], which is not settled, and neither stage I nor the bonus makes a difference that can be seen.',
  figures: [
    { name: 'gain', label: 'gain of turn 2' },
    { name: 'first', label: 'turn 1' },
    { name: 'last', label: 'turn 2' },
  ],
}
