import { randomStream, type Message } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { grpo, preferenceJudge } from '@icrl/recipes'
import {
  roleTurn,
  saidIn,
  sampleAndChoose,
  singleTurn,
  solveOnce,
  type Choose,
} from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { recipeArm, startArm, type MeasuredOptions } from '../recipe-arm.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut } = splitQuiz({ seed: 4 })
const attempt = singleTurn<QuizTask>({
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
})
const isAnswer = (text: string): boolean => world.answers.includes(text)
/** Composite words, `q3=a2`, stand for the answers, so that a preference can be about a pair. */
const judgePrompt = (task: QuizTask, first: string, second: string): Message[] =>
  world.judgePrompt(
    task,
    isAnswer(first) ? world.composite(task, first) : '',
    isAnswer(second) ? second : '',
  )
const parsePreference = (text: string): 'first' | 'second' | undefined =>
  text === 'right' ? 'first' : text === 'wrong' ? 'second' : undefined
/** The preferred one of two answers, by the policy’s own judgment. */
const choose: Choose<QuizTask> = async function* ({ task, context, attempts: [one, two] }) {
  const messages = judgePrompt(task, saidIn(one), saidIn(two))
  const said = yield* roleTurn({ role: 'judge', task, context, messages })
  const chosen = parsePreference(said.text) === 'second' ? 1 : 0
  const [a, b] = [one, two].map(({ outcome }) => outcome.success)
  return { chosen, parts: [said], findings: { judged: a === b ? null : [a, b][chosen] } }
}
const measured: MeasuredOptions<QuizTask> = {
  heldOut,
  repeats: 4,
  protocols: {
    single: solveOnce(attempt),
    best_of_2: sampleAndChoose({ attempt, n: 2, choose }),
  },
  measure: async ({ sets }) => {
    const told = sets
      .flatMap(({ conditions }) => conditions.best_of_2)
      .map(({ findings }) => findings!.judged)
      .filter((judged) => judged !== null)
    // Where both answers are right, or both wrong, there is nothing to judge.
    return told.length === 0 ? {} : { judged: told.filter(Boolean).length / told.length }
  },
}
const arm = (recipe: ReturnType<typeof grpo<QuizTask>>): Arm =>
  recipeArm({ ...measured, recipe, tasks: train, steps: 80 })

/** LLaVA-Critic-R1, as a text analogue: a policy learns to prefer, and answers. */
export const preferenceJudgeRow: MethodExperiment = {
  name: 'preference-judge',
  question:
    'A text analogue. The policy learns which of two answers is right. Does it then choose well between two answers of its own, and does judging teach answering?',
  model: quizModel(world, {
    prompts: {
      pair: (draws) => {
        const task = train[draws.integer(0, train.length)]
        const [first, second] = draws.permutation(1, world.answers.length)
        return judgePrompt(task, world.answers[first], world.answers[second])
      },
    },
  }),
  roles: { solver: speaks(world), judge: speaks(world) },
  arms: {
    'preference judge': arm(
      preferenceJudge({
        attempt,
        pairOf: (task) => {
          const wrong = world.answers.filter((answer) => answer !== task.answer)
          const draws = randomStream(0, 'pair', task.id)
          return { better: task.answer, worse: wrong[draws.integer(0, wrong.length)] }
        },
        judgePrompt,
        parsePreference,
        tasksPerStep: 4,
        sessionsPerTask: 8,
      }),
    ),
    'grpo on questions': arm(grpo({ attempt, tasksPerStep: 4, sessionsPerTask: 8 })),
    start: startArm(measured),
  },
  finding:
    'It learns to judge its own answers (.843 rightly, .533 at the start), so that the better of two is right more often (.648, .586 at the start). Judging does not teach answering: one answer alone falls to .553. GRPO on the questions reaches .858 at as many tokens.',
  figures: [
    { name: 'eval/best_of_2', label: 'best of 2' },
    { name: 'judged', label: 'own answers judged rightly' },
    { name: 'eval/single', label: 'one answer' },
  ],
}
