import type { RandomStream, Renderer } from '@icrl/core'
import { type Bias, quiz, type Quiz, type QuizOptions, type QuizTask } from '@icrl/core/testing'
import type { RunRole } from '@icrl/trainer'
import type { WorldModel } from '../world-model.ts'

/** Speaks as the policy that learns. */
export function speaks(world: {
  readonly renderer: Renderer
  readonly maxTokens: number
}): RunRole {
  const { renderer, maxTokens } = world
  return { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' }
}

/** A quiz, its first half of topics to train on and the second to hold out. */
export interface SplitQuiz {
  readonly world: Quiz
  readonly train: readonly QuizTask[]
  /** Other questions of the same topics. */
  readonly heldOut: readonly QuizTask[]
  /** Questions of topics that no training question has. */
  readonly otherTopics: readonly QuizTask[]
}

/** A quiz with `count` training questions. */
export function splitQuiz(options: QuizOptions, count = 256): SplitQuiz {
  const world = quiz(options)
  const isTaught = ({ topic }: QuizTask): boolean => Number(topic.slice(1)) % 2 === 0
  const tasks = world.tasks('train', 2 * count)
  const held = world.tasks('test', 512)
  return {
    world,
    train: tasks.filter(isTaught).slice(0, count),
    heldOut: held.filter(isTaught).slice(0, 128),
    otherTopics: held.filter((task) => !isTaught(task)).slice(0, 128),
  }
}

/**
 * A transformer that answers as a quiz's untaught table does: questions with and without hints,
 * residues and confidences, judgments, reasons and revisions.
 *
 * @param biases what the table knows besides
 * @param prompts further conversations
 */
export function quizModel(
  world: Quiz,
  {
    biases = [],
    prompts = {},
  }: { readonly biases?: readonly Bias[]; readonly prompts?: WorldModel['prompts'] } = {},
): WorldModel {
  const tasks = [...world.tasks('train', 512), ...world.tasks('test', 128)]
  const drawn = (draws: RandomStream): QuizTask => tasks[draws.integer(0, tasks.length)]
  const answer = (draws: RandomStream): string =>
    world.answers[draws.integer(1, world.answers.length)]
  const seen = (task: QuizTask, said: string, draws: RandomStream): string =>
    world.residue(task, said, { draw: draws.integer(2, 100) })
  const { untaught } = world
  return {
    world,
    table: { ...untaught, biases: [...(untaught.biases ?? []), ...biases] },
    prompts: {
      solve: (draws) => world.prompt(drawn(draws)),
      hinted: (draws) => world.prompt(drawn(draws), world.hint(answer(draws))),
      residue: (draws) => {
        const task = drawn(draws)
        return world.prompt(task, seen(task, answer(draws), draws))
      },
      judge: (draws) => {
        const [task, said] = [drawn(draws), answer(draws)]
        return world.judgePrompt(task, said, seen(task, said, draws))
      },
      composite: (draws) => {
        const [task, said] = [drawn(draws), answer(draws)]
        return world.judgePrompt(task, said, world.composite(task, said))
      },
      rate: (draws) => world.confidencePrompt(drawn(draws), answer(draws)),
      reason: (draws) => world.reasonPrompt(drawn(draws)),
      revise: (draws) => world.revisePrompt(drawn(draws)),
      ...prompts,
    },
  }
}
