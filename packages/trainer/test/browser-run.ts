import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe } from '@icrl/core'
import { quiz, tablePolicy, type QuizTask } from '@icrl/core/testing'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { singleTurn, solveOnce } from '@icrl/rollout'
import { memoryRun, program, train, type TrainOptions } from '../src/index.ts'

/** A method of stages, which a page cannot run. */
export async function browserProgram(): Promise<void> {
  await program({ policies: {}, roles: {}, directory: 'runs/staged', seed: 0 }, async () => {})
}

/** Trains a table policy on the quiz, in memory: what a page would do. Returns the run's files. */
export async function browserRun(
  options: Partial<TrainOptions<QuizTask>> = {},
): Promise<Readonly<Record<string, string>>> {
  const world = quiz()
  const protocol = solveOnce(singleTurn<QuizTask>(world))
  const recipe: Recipe<QuizTask> = {
    name: 'grpo',
    options: {},
    roles: { solver: { trained: true } },
    collect: (context) => context.run(protocol, context.take(8), 8),
    advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
    aggregation: tokenMean(),
    objective: clippedSurrogate(),
    evaluations: { first: protocol },
  }
  const folder = memoryRun()
  await train({
    recipe,
    policies: { table: tablePolicy(world.untaught) },
    roles: {
      solver: {
        renderer: world.renderer,
        sampling: { maxTokens: world.maxTokens, temperature: 1 },
        policy: 'table',
      },
    },
    tasks: world.tasks('train', 64),
    evaluation: { tasks: world.tasks('test', 32), every: 5 },
    seed: 0,
    stop: { steps: 10 },
    optimizer: { learningRate: { peak: 0.2, warmup: 2, decay: 'linear', steps: 12 } },
    folder,
    ...options,
  })
  return Object.fromEntries(folder.files)
}
