import { textOf, type TextGenerator } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { critiqueInTheLoop, type CritiqueInTheLoopOptions } from '@icrl/methods'
import { singleTurn } from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut } = splitQuiz({
  seed: 5,
  accuracy: { easy: 0.9, middling: 0.5, hard: 0.0005 },
})
/** Hints at the answer. */
const teacher: TextGenerator = {
  complete: async ([message]) => {
    const task = train.find(({ question }) => textOf(message).includes(question))!
    return { text: world.hint(task.answer), finish: 'stop' }
  },
}
const options: Omit<CritiqueInTheLoopOptions<QuizTask>, 'optimizer'> = {
  tasks: train.slice(0, 48),
  attempt: singleTurn({
    prompt: (task, guidance) => world.prompt(task, guidance),
    verifier: world.verifier,
  }),
  criticPrompt: ({ question }) => [{ role: 'user', content: question }],
  samples: 2,
  extraSamples: 1,
  rounds: 2,
  steps: 40,
  tasksPerStep: 8,
  heldOut: heldOut.filter(({ level }) => level === 'hard'),
}
const arm =
  (more: Partial<CritiqueInTheLoopOptions<QuizTask>>): Arm =>
  async ({ lab, learningRate }) =>
    (await critiqueInTheLoop({
      ...options,
      ...more,
      optimizer: { learningRate, clipNorm: 1 },
    })(lab))!

/** AutoMathCritique's critique in the loop. */
export const critiqueInTheLoopRow: MethodExperiment = {
  name: 'critique-in-the-loop',
  question:
    'On a third of the topics a right answer is almost never sampled. Do a critique and a second attempt find data there that as many plain attempts do not? The critic is scripted and hints at the answer.',
  model: quizModel(world),
  roles: { solver: speaks(world), critic: { ...speaks(world), policy: undefined, by: teacher } },
  arms: {
    'critique in the loop': arm({}),
    'rejection sampling': arm({ criticPrompt: undefined, samples: 3, extraSamples: 1 }),
    'not restarted': arm({ restart: false }),
  },
  figures: [{ name: 'eval/single', label: 'hard questions right' }],
  finding:
    'The critique finds data that rejection sampling sometimes does not: .153 [−.037, .349], all of it from two seeds. Going on from the last round is better here than starting again from the base, .037 [.005, .088].',
}
