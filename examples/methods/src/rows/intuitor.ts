import { randomStream } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { grpo, intuitor } from '@icrl/recipes'
import { singleTurn, solveOnce } from '@icrl/rollout'
import type { MethodExperiment } from '../method-experiment.ts'
import { recipeArm, startArm } from '../recipe-arm.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut } = splitQuiz({ seed: 4 })
const attempt = singleTurn<QuizTask>({
  prompt: (task) => world.reasonPrompt(task),
  verifier: world.verifier,
})
/** Pays one answer in two, whatever it says. */
const lottery = singleTurn<QuizTask>({
  prompt: (task) => world.reasonPrompt(task),
  verifier: ({ text, task }) => ({
    reward: Number(randomStream(0, 'lottery', task.id, text).uniform(0) < 0.5),
    valid: true,
  }),
})
const measured = { heldOut, protocols: { single: solveOnce(attempt) }, repeats: 4 }
const options = { ...measured, tasks: train, steps: 60 }
const group = { attempt, tasksPerStep: 4, sessionsPerTask: 7 }

/** Intuitor: the policy’s own certainty as the reward. */
export const intuitorRow: MethodExperiment = {
  name: 'intuitor',
  question:
    'The solver names a reason and then an answer; the right reason leads to a sure and right answer, a fifth of the wrong ones to a sure and wrong one. Does certainty teach what a label would?',
  model: quizModel(world),
  roles: { solver: speaks(world) },
  arms: {
    intuitor: recipeArm({ ...options, recipe: intuitor({ ...group }) }),
    'certainty of the start': recipeArm({
      ...options,
      recipe: intuitor({ ...group, by: 'reference' }),
    }),
    'grpo, true reward': recipeArm({ ...options, recipe: grpo(group) }),
    'grpo, random reward': recipeArm({ ...options, recipe: grpo({ ...group, attempt: lottery }) }),
    start: startArm(measured),
  },
  finding:
    'Certainty does not teach what a label would. From .355 right answers fall to .213, not clearly better than under a random reward (.183); the true reward reaches .991.',
  figures: [{ name: 'eval/single', label: 'answers right' }],
}
