import type { TextGenerator } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { grpo, verifiedSteps, type VerifiedStepsOptions } from '@icrl/recipes'
import { singleTurn, solveOnce } from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { forItsSteps, recipeArm, type MeasuredOptions } from '../recipe-arm.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const accuracy = { easy: 0.5, middling: 0.5, hard: 0.2 }
const { world, train, heldOut } = splitQuiz({ seed: 11, accuracy })
/** Hard questions are those that the calculator does not have. */
const canCheck = ({ level }: QuizTask): boolean => level !== 'hard'
const attempt = singleTurn<QuizTask>({
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
})
const options: VerifiedStepsOptions<QuizTask> = {
  attempt,
  stepPrompt: (task) => world.prompt(task),
  isDone: () => true,
  tool: (task, step) =>
    canCheck(task)
      ? { result: `result:${step === task.answer ? 'yes' : 'no'}`, value: 1 }
      : undefined,
  verifyPrompt: (_, steps) => [{ role: 'user', content: steps.at(-1)!.result ?? 'nothing' }],
  repairPrompt: (task) => world.prompt(task),
  tasksPerStep: 4,
  sessionsPerTask: 8,
}
const verifier = (scoreOf: (value?: string) => number): MethodExperiment['roles'][string] => {
  const by: TextGenerator = {
    complete: async ([{ content }]) => {
      const [, value] = /result:(\S+)/.exec(String(content)) ?? []
      const confidence = value === undefined ? 0.8 : 0.9
      const verdict = { score: scoreOf(value), confidence }
      return { text: `Seen: ${JSON.stringify(verdict)}`, finish: 'stop' }
    },
  }
  // Its words need not be in the vocabulary.
  const renderer = { ...world.renderer, start: () => Int32Array.of(1, 2) }
  return { renderer, sampling: { maxTokens: 16, temperature: 1 }, by }
}
const measured: MeasuredOptions<QuizTask> = {
  heldOut,
  repeats: 2,
  protocols: { single: solveOnce(attempt) },
  measure: async ({ sets }) => {
    const checkable = new Set(heldOut.filter(canCheck).map(({ id }) => id))
    const sessions = sets.flatMap(({ conditions }) => conditions.single)
    const share = (isChecked: boolean): number => {
      const own = sessions.filter(({ task }) => checkable.has(task) === isChecked)
      return own.filter(({ outcomes }) => outcomes[0].success).length / own.length
    }
    return { checkable: share(true), others: share(false) }
  },
}
const arm = (recipe: ReturnType<typeof grpo<QuizTask>>): Arm =>
  recipeArm({ ...measured, recipe, tasks: train, steps: 60 })

/** Agent0-VL’s verified steps, as a text analogue: an arithmetic tool in place of pictures. */
export const verifiedStepsRow: MethodExperiment = {
  name: 'verified-steps',
  question:
    'A text analogue. The verifier believes a tool, which knows two thirds of the topics, and is sure of nothing else; there is no reward from outside. Where does accuracy rise?',
  model: quizModel(world),
  roles: {
    solver: speaks(world),
    repairer: speaks(world),
    verifier: verifier((value) => (value === 'yes' ? 1 : value === 'no' ? -1 : 0)),
  },
  arms: {
    'verified steps': arm(verifiedSteps(options)),
    'without a tool': forItsSteps(arm(verifiedSteps({ ...options, tool: undefined }))),
    'grpo, true reward': arm(grpo({ attempt, tasksPerStep: 4, sessionsPerTask: 8 })),
  },
  figures: [
    { name: 'checkable', label: 'right where the tool can check' },
    { name: 'others', label: 'right elsewhere' },
  ],
  finding:
    'Without any reward from outside, accuracy rises to .94 where the tool can check, nearly as far as with the true reward. Elsewhere it does not rise: in three seeds of five it is lost, as nothing there tells right from wrong. Without the tool it does not learn.',
}
