import type { Attempt, Recipe } from '@icrl/core'
import { curriculum, grpo, icrl, type IcrlOptions } from '@icrl/recipes'
import { multiTurn } from '@icrl/rollout'
import { defineRun, type RunConfig } from 'icrl'
import { replayingSuccesses } from './replaying-successes.ts'
import { APPLIANCE_GAMES, applianceEnvironment } from './appliance-environment.ts'
import { applianceCriticPrompt, appliancePrompt, parseApplianceTips } from './appliance-prompts.ts'
import {
  applianceTasks,
  LEAK_WORLD,
  TRIPLE_WORLD,
  type ApplianceTask,
  type ApplianceWorld,
} from './appliance-world.ts'

interface ApplianceRun {
  readonly world: ApplianceWorld
  readonly recipe: Recipe<ApplianceTask>
  readonly learningRate: number
}

/**
 * What all arms share: model (as seen from `triple/` and `leak/`), games, evaluation, optimizer.
 */
function applianceRun({ world, recipe, learningRate }: ApplianceRun): RunConfig<ApplianceTask> {
  return defineRun({
    model: `../model-${world.name}`,
    recipe,
    // An action and the end; a place, the appliances and the end.
    roles: {
      solver: { sampling: { maxTokens: 2, temperature: 1 } },
      critic: { sampling: { maxTokens: world.uses + 2, temperature: 1 } },
    },
    tasks: () => applianceTasks(world, 'train', APPLIANCE_GAMES.train),
    evaluation: { tasks: () => applianceTasks(world, 'test', APPLIANCE_GAMES.test), every: 10 },
    stop: { tokens: 240_000 },
    optimizer: { learningRate, clipNorm: 1, beta1: 0.9, beta2: 0.95, weightDecay: 0 },
    concurrency: 256,
  })
}

function common(
  world: ApplianceWorld,
): Pick<
  IcrlOptions<ApplianceTask>,
  'attempt' | 'tasksPerStep' | 'minibatches' | 'clipLow' | 'clipHigh'
> {
  return {
    attempt: multiTurn<ApplianceTask>({
      environment: applianceEnvironment(world),
      prompt: appliancePrompt,
    }),
    tasksPerStep: 8,
    minibatches: 2,
    clipLow: 0.2,
    clipHigh: 0.2,
  }
}

function applianceIcrl(
  world: ApplianceWorld,
  options: Pick<
    IcrlOptions<ApplianceTask>,
    'critic' | 'weights' | 'minWeight' | 'mirror' | 'replay'
  > = {},
): Recipe<ApplianceTask> {
  const criticPrompt = (
    task: ApplianceTask,
    attempt: Attempt,
  ): ReturnType<typeof applianceCriticPrompt> => applianceCriticPrompt(task, attempt)
  return icrl({
    ...common(world),
    criticPrompt,
    parseCritique: parseApplianceTips(world),
    sessionsPerTask: 8,
    ...options,
  })
}

/** ICRL on the appliance triple: 8 sessions per game. */
export function tripleIcrl(
  more: Pick<IcrlOptions<ApplianceTask>, 'critic' | 'mirror' | 'replay'> = {},
): RunConfig<ApplianceTask> {
  return applianceRun({
    world: TRIPLE_WORLD,
    recipe: applianceIcrl(TRIPLE_WORLD, more),
    learningRate: 3e-4,
  })
}

/**
 * GRPO on the appliance triple: 20 sessions per game, about as many sampled tokens per step as
 * ICRL.
 */
export function tripleGrpo(): RunConfig<ApplianceTask> {
  return applianceRun({
    world: TRIPLE_WORLD,
    recipe: grpo({ ...common(TRIPLE_WORLD), sessionsPerTask: 20 }),
    learningRate: 6e-4,
  })
}

/** GRPO on the appliance triple that replays its successes. */
export function tripleGrpoReplay(): RunConfig<ApplianceTask> {
  return applianceRun({
    world: TRIPLE_WORLD,
    recipe: replayingSuccesses(grpo({ ...common(TRIPLE_WORLD), sessionsPerTask: 20 })),
    learningRate: 6e-4,
  })
}

/** The control on the appliance triple: every revision sees another game's critique. */
export function tripleShuffled(): RunConfig<ApplianceTask> {
  return applianceRun({
    world: TRIPLE_WORLD,
    recipe: applianceIcrl(TRIPLE_WORLD, { critic: 'shuffled' }),
    learningRate: 3e-4,
  })
}

/** ICRL with a critic that leaks places. */
export function leakIcrl(
  more: Pick<IcrlOptions<ApplianceTask>, 'minWeight' | 'mirror' | 'replay'> = {},
): RunConfig<ApplianceTask> {
  return applianceRun({
    world: LEAK_WORLD,
    recipe: applianceIcrl(LEAK_WORLD, more),
    learningRate: 3e-4,
  })
}

/** The same without w_t: tokens sampled with the critique's help are learned at full weight. */
export function leakUnweighted(): RunConfig<ApplianceTask> {
  return applianceRun({
    world: LEAK_WORLD,
    recipe: applianceIcrl(LEAK_WORLD, { weights: 'none' }),
    learningRate: 3e-4,
  })
}

/** Full weight for `steps` steps, then w_t. */
export function leakAnnealed(steps: number): RunConfig<ApplianceTask> {
  return applianceRun({
    world: LEAK_WORLD,
    recipe: curriculum([
      { steps, recipe: applianceIcrl(LEAK_WORLD, { weights: 'none' }) },
      { steps: 1, recipe: applianceIcrl(LEAK_WORLD) },
    ]),
    learningRate: 3e-4,
  })
}
