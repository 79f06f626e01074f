import { textOf, type TextGenerator } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { auroc, calibrationError } from '@icrl/evaluators'
import { critical, type CriticalOptions } from '@icrl/methods'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const accuracy = { easy: 0.9, middling: 0.5, hard: 0.1 }
const { world, train, heldOut } = splitQuiz({ seed: 10, accuracy })
const { renderer } = world
const taskIn = (words: string): QuizTask => train.find(({ question }) => words.includes(question))!
const says = (of: (task: QuizTask, words: string) => string): TextGenerator => ({
  complete: async ([message]) => {
    const words = textOf(message)
    return { text: of(taskIn(words), words), finish: 'stop' }
  },
})
/** Knows how often questions like this are answered rightly. */
const teacher = says(
  ({ level }) =>
    [...world.confidences].sort(
      (a, b) =>
        Math.abs(world.confidenceOf(a)! - accuracy[level]) -
        Math.abs(world.confidenceOf(b)! - accuracy[level]),
    )[0],
)
/** Says most or least, as this answer is right or wrong. */
const labels = says((task, words) => (words.endsWith(task.answer) ? 'c90' : 'c10'))
const options: Omit<CriticalOptions<QuizTask>, 'optimizer'> = {
  tasks: train,
  heldOut,
  renderer,
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
  confidencePrompt: (task, answer) => world.confidencePrompt(task, answer),
  confidenceOf: (text) => world.confidenceOf(text),
  teacherPrompt: ({ question }, answer) => [{ role: 'user', content: `${question} ${answer}` }],
  figures: (stated) => {
    const confidences = stated.map(({ confidence }) => confidence)
    const right = stated.map((one) => one.right)
    return { ece: calibrationError(confidences, right), auroc: auroc(confidences, right) ?? 0.5 }
  },
  steps: 120,
  tasksPerStep: 8,
}
const arm =
  (more: Partial<CriticalOptions<QuizTask>>, by: TextGenerator): Arm =>
  async ({ lab, learningRate }) =>
    (await critical({ ...options, ...more, optimizer: { learningRate, clipNorm: 1 } })({
      ...lab,
      gather: (name, given) =>
        lab.gather(name, {
          ...given,
          roles: { ...given.roles, teacher: { ...speaks(world), policy: undefined, by } },
        }),
    }))!
const [rate] = renderer.answer!('<rate>')
const [sure] = renderer.answer!('c90')

/** CritiCal: a teacher's critique of stated confidence. */
export const criticalRow: MethodExperiment = {
  name: 'critical',
  question:
    'A student says 90% of every answer, and is right of .9, .5 or .1 of a topic’s questions. Does a teacher’s word on its confidence calibrate it better than labels do?',
  model: quizModel(world, { biases: [{ prompt: rate, at: 0, token: sure, value: 4 }] }),
  roles: {
    solver: speaks(world),
    teacher: { ...speaks(world), policy: undefined, by: teacher },
  },
  arms: { critical: arm({}, teacher), 'labels of each answer': arm({}, labels) },
  rates: [1e-4, 3e-4, 1e-3],
  figures: [
    { name: 'ece', label: 'calibration error', isCost: true },
    { name: 'auroc', label: 'AUROC' },
    { name: 'eval/stated', label: 'answers right' },
  ],
  finding:
    'Critiques of its confidence calibrate the student less than labels of each answer do: calibration error .176 against .094. But labels cost accuracy: .400 of the answers are right after them, .564 after critiques. One of the two is what you want.',
}
