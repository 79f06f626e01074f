import type { Recipe } from '@icrl/core'
import { grpo, icrl } from '@icrl/recipes'
import { multiTurn } from '@icrl/rollout'
import { defineRun, type RunConfig } from 'icrl'
import { craftingEnvironment } from './crafting-environment.ts'
import { craftingCriticPrompt, craftingPrompt, parseCraftingTips } from './crafting-prompts.ts'
import { kitTasks, type KitTask } from './crafting-world.ts'

const attempt = multiTurn<KitTask>({
  environment: craftingEnvironment(),
  prompt: craftingPrompt,
  contextTokens: 400,
})
const common = { attempt, tasksPerStep: 8, minibatches: 2, clipLow: 0.2, clipHigh: 0.2 }

/** What both arms share: model (as seen from `arms/`), games, evaluation, optimizer. */
function craftingRun(recipe: Recipe<KitTask>, learningRate: number): RunConfig<KitTask> {
  return defineRun({
    model: '../model',
    recipe,
    // A kit's command is 15 tokens and the end; three tips are 14.
    roles: {
      solver: { sampling: { maxTokens: 20, temperature: 1 } },
      critic: { sampling: { maxTokens: 16, temperature: 1 } },
    },
    tasks: () => kitTasks('train'),
    evaluation: { tasks: () => kitTasks('test'), every: 10 },
    stop: { tokens: 200_000 },
    optimizer: { learningRate, clipNorm: 1, beta1: 0.9, beta2: 0.95, weightDecay: 0 },
    concurrency: 256,
  })
}

/** ICRL: 8 sessions per game. */
export function craftingIcrl(): RunConfig<KitTask> {
  return craftingRun(
    icrl({
      ...common,
      criticPrompt: craftingCriticPrompt,
      parseCritique: parseCraftingTips,
      sessionsPerTask: 8,
    }),
    3e-4,
  )
}

/** GRPO: 20 sessions per game, about as many sampled tokens per step as ICRL. */
export function craftingGrpo(): RunConfig<KitTask> {
  return craftingRun(grpo({ ...common, sessionsPerTask: 20 }), 6e-4)
}
