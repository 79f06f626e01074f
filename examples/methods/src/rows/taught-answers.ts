import type { Message } from '@icrl/core'
import type { Quiz, QuizTask } from '@icrl/core/testing'
import { sft, type CritiqueFineTuningOptions, type CritiquedAnswer } from '@icrl/recipes'
import { singleTurn, solveOnce } from '@icrl/rollout'
import type { Arm } from '../method-experiment.ts'
import { recipeArm, startArm, type MeasuredOptions } from '../recipe-arm.ts'
import { quizModel, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut } = splitQuiz({ seed: 4 })
/** The quiz that a teacher wrote about. */
export const taughtWorld: Quiz = world

/** A wrong answer, what a teacher says of it and the right one; and a right answer. */
const examples = (task: QuizTask): CritiquedAnswer[] => [
  {
    answer: world.answers.find((answer) => answer !== task.answer)!,
    critique: 'wrong',
    refined: task.answer,
  },
  { answer: task.answer, critique: 'right', refined: task.answer },
]
const attempt = singleTurn<QuizTask>({
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
})

/** What the recipes of critique fine-tuning share. */
export const taught: Pick<
  CritiqueFineTuningOptions<QuizTask>,
  'renderer' | 'examples' | 'attempt' | 'tasksPerStep'
> = { renderer: world.renderer, examples, attempt, tasksPerStep: 8 }

/** Shows an answer and a residue of it, which tells the truth. */
export const shown = (task: QuizTask, answer: string): string =>
  world.residue(task, answer, { reliability: 1 })

/** Asks for a critique of an answer. */
export const criticPrompt = (task: QuizTask, answer: string): Message[] =>
  world.judgePrompt(task, answer, shown(task, answer))

const measured: MeasuredOptions<QuizTask> = {
  heldOut,
  repeats: 4,
  protocols: { single: solveOnce(attempt) },
  measure: async ({ sets }) => {
    const said = sets
      .flatMap(({ conditions }) => conditions.single)
      .map(({ transcript }) => transcript[0].text)
    return { form: said.filter((text) => world.answers.includes(text)).length / said.length }
  },
}

/** An arm that learns from what the teacher wrote. */
export const taughtArm = (recipe: ReturnType<typeof sft<QuizTask>>): Arm =>
  recipeArm({ ...measured, recipe, tasks: train.slice(0, 128), steps: 60 })

/** Fine-tuning on the right answers alone. */
export const answersArm: Arm = taughtArm(
  sft<QuizTask>({
    attempt,
    tasksPerStep: 8,
    demonstrate: (task) =>
      examples(task).map(({ refined }) => ({
        prompt: world.renderer.start(world.prompt(task)),
        response: world.renderer.answer!(refined),
      })),
  }),
)

/** The model before it learned. */
export const untaughtArm: Arm = startArm(measured)

/** What every arm begins with. */
export const taughtModel: ReturnType<typeof quizModel> = quizModel(world)
