import { randomStream, textOf, type TextGenerator } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { critiqueRl, type CritiqueRlOptions } from '@icrl/methods'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut, otherTopics } = splitQuiz({ seed: 4 })
const all = [...train, ...heldOut, ...otherTopics]
const another = (answer: string): string =>
  world.answers[(world.answers.indexOf(answer) + 1) % world.answers.length]

/** Right half the time; told "wrong" it answers anew, and is then right half the time. */
const actor: TextGenerator = {
  complete: async ([message]) => {
    const words = textOf(message)
    const task = all.find(({ question }) => words.includes(question))!
    const [answer, critique] = words
      .slice(words.indexOf(task.question) + task.question.length + 1)
      .split(' ')
    const isRight = randomStream(0, 'actor', words).uniform(0) < 0.5
    const guess = isRight ? task.answer : another(task.answer)
    return { text: critique === 'right' ? answer : guess, finish: 'stop' }
  },
}
const options: Omit<CritiqueRlOptions<QuizTask>, 'optimizer' | 'steps'> = {
  tasks: train.slice(0, 96),
  heldOut: otherTopics,
  prompt: ({ question }) => [{ role: 'user', content: `<solve> ${question}` }],
  verifier: world.verifier,
  criticPrompt: (task, answer) => world.judgePrompt(task, answer, world.residue(task, answer)),
  refinePrompt: ({ question }, answer, critique) => [
    { role: 'user', content: `<revise> ${question} ${answer} ${critique}` },
  ],
  tasksPerStep: 8,
}
const arm =
  (steps: CritiqueRlOptions<QuizTask>['steps']): Arm =>
  async ({ lab, learningRate }) =>
    (await critiqueRl({ ...options, steps, optimizer: { learningRate, clipNorm: 1 } })(lab))!

/** Critique-RL: a critic learns to discern, then to help a frozen actor. */
export const critiqueRlRow: MethodExperiment = {
  name: 'critique-rl',
  question:
    'A frozen actor answers rightly half the time and answers anew when it is told "wrong". The critic sees a word that tells right from wrong nine times in ten, and is measured on topics that it never trained on.',
  model: quizModel(world),
  roles: { critic: speaks(world), actor: { ...speaks(world), policy: undefined, by: actor } },
  arms: {
    'critique-rl': arm([40, 20]),
    'stage I alone': arm([60, 0]),
    'stage II alone': arm([0, 60]),
  },
  figures: [
    { name: 'gain', label: 'gain of the actor' },
    { name: 'discrimination', label: 'right verdicts' },
    { name: 'eval/refined', label: 'refined answers right' },
  ],
  finding:
    'Nothing was learned: 60 steps at none of three rates teach this critic to tell right from wrong on other topics, in either stage. With a table in place of the transformer, and many more updates, it does (`critique-rl.test.ts`).',
}
