import type { QuestionTask, Recipe } from '@icrl/core'
import { parseExchange } from '@icrl/critic'
import { findModel } from '@icrl/example-gsm8k'
import { curriculum, grpo, icrl, type IcrlOptions } from '@icrl/recipes'
import type { CriticOptions } from '@icrl/rollout'
import { defineRun, type RunConfig } from 'icrl'
import { replayingSuccesses } from '../../quickstart/src/replaying-successes.ts'
import type { Arm } from '../../qwen3/src/paper-arms.ts'
import { additionTasks, shownAdditions } from './additions.ts'
import {
  archiveForm,
  bareDates,
  dateCritic,
  dateTasks,
  type DateForm,
  isoForm,
  shownDates,
} from './dates.ts'

interface LaptopRun {
  readonly recipe: Recipe<QuestionTask>
  readonly tasks: () => readonly QuestionTask[]
  readonly heldOut: () => readonly QuestionTask[]
  /** Longest answer. */
  readonly maxTokens: number
  readonly steps: number
  /** Steps between evaluations. */
  readonly every: number
  /** Of AdamW, with 1 as the bound on the gradient's norm. */
  readonly learningRate: number
}

const CRITIC = { sampling: { maxTokens: 28, temperature: 1 } } as const

/**
 * What all runs share: a real pretrained model of 135 million parameters, all of them trained, and
 * held-out accuracy of greedy and of sampled first attempts.
 */
function laptopRun({
  recipe,
  tasks,
  heldOut,
  maxTokens,
  steps,
  every,
  learningRate,
}: LaptopRun): RunConfig<QuestionTask> {
  return defineRun({
    model: findModel(),
    recipe,
    roles: { solver: { sampling: { maxTokens, temperature: 1 } }, critic: CRITIC },
    tasks,
    evaluation: {
      every,
      sets: {
        greedy: { tasks: heldOut, sampling: { solver: { temperature: 0 } } },
        sampled: { tasks: heldOut },
      },
    },
    stop: { steps },
    optimizer: { learningRate, clipNorm: 1, beta1: 0.9, beta2: 0.95, weightDecay: 0 },
    checkpoints: { every: 10, keep: 1 },
    concurrency: 256,
    engine: { packTokens: 1024 },
  })
}

const GROUP = { tasksPerStep: 8, sessionsPerTask: 8 } as const

/** Dates with one exchange in the prompt: GRPO. */
export function shownDatesGrpo(learningRate = 1e-5): RunConfig<QuestionTask> {
  return laptopRun({
    recipe: grpo({ attempt: shownDates, ...GROUP }),
    tasks: () => dateTasks(isoForm, 'train', 2000),
    heldOut: () => dateTasks(isoForm, 'held-out', 64),
    maxTokens: 14,
    steps: 15,
    every: 5,
    learningRate,
  })
}

/** The same with a low-rank adapter (LoRA) in every linear layer, in place of all weights. */
export const shownDatesAdapter = (rank: number): RunConfig<QuestionTask> => {
  const run = shownDatesGrpo(3e-4)
  return { ...run, engine: { ...run.engine, adapter: { rank, alpha: 2 * rank } } }
}

/** Sums of two-digit numbers with one exchange in the prompt: GRPO. */
export function additionGrpo(): RunConfig<QuestionTask> {
  return laptopRun({
    recipe: grpo({ attempt: shownAdditions, ...GROUP }),
    tasks: () => additionTasks('train', 2000),
    heldOut: () => additionTasks('held-out', 64),
    maxTokens: 16,
    steps: 25,
    every: 5,
    learningRate: 2e-5,
  })
}

function bareRun(
  form: DateForm,
  recipe: Recipe<QuestionTask>,
  learningRate = 4e-5,
): RunConfig<QuestionTask> {
  return laptopRun({
    recipe,
    tasks: () => dateTasks(form, 'train', 2000),
    heldOut: () => dateTasks(form, 'held-out', 64),
    maxTokens: 14,
    steps: 20,
    every: 5,
    learningRate,
  })
}

/** What may differ from ICRL with its defaults. */
type IcrlChanges = Omit<IcrlOptions<QuestionTask>, 'attempt'>

/** The critic of dates, whose critique is an exchange. */
const criticOf = (form: DateForm): CriticOptions<QuestionTask> => ({
  criticPrompt: dateCritic(form),
  parseCritique: parseExchange,
})

function bareIcrlRecipe(form: DateForm, more: IcrlChanges = {}): Recipe<QuestionTask> {
  return icrl({
    attempt: bareDates,
    ...GROUP,
    ...criticOf(form),
    evaluations: ['critique_free'],
    ...more,
  })
}

/** Dates in a form that nothing names, by any method on what its runs share. */
export function bareDatesRun(arm: Arm): RunConfig<QuestionTask> {
  return bareRun(
    isoForm,
    arm({
      sampled: { attempt: bareDates, ...GROUP },
      critic: criticOf(isoForm),
      guidance: (critique) => critique,
      sessionsAlone: 20,
      responseTokens: 14,
      // An exchange that gives nothing of the form away.
      constantCritique: 'Check your work. => Checked.',
      roundsOf: 'greedy',
    }),
  )
}

/** Dates in a form that nothing names: ICRL with the model's own critic. */
export const bareDatesIcrl = (more?: IcrlChanges, learningRate?: number): RunConfig<QuestionTask> =>
  bareRun(isoForm, bareIcrlRecipe(isoForm, more), learningRate)

/** GRPO, with about as many sampled tokens a step. */
const bareGrpoRecipe = (): Recipe<QuestionTask> =>
  grpo({ attempt: bareDates, tasksPerStep: 8, sessionsPerTask: 20 })
export const bareDatesGrpo = (): RunConfig<QuestionTask> => bareRun(isoForm, bareGrpoRecipe())
export const archiveGrpo = (): RunConfig<QuestionTask> => bareRun(archiveForm, bareGrpoRecipe())
/** GRPO that replays its successes as ICRL with `replay` does its guided ones. */
export const bareDatesGrpoReplay = (): RunConfig<QuestionTask> =>
  bareRun(isoForm, replayingSuccesses(bareGrpoRecipe()))

/** A form whose first character is out of the model's reach without a critique. */
export const archiveIcrl = (more?: IcrlChanges): RunConfig<QuestionTask> =>
  bareRun(archiveForm, bareIcrlRecipe(archiveForm, more))
/** Full weight for `steps` steps, then w_t. */
export const archiveAnnealed = (steps: number): RunConfig<QuestionTask> =>
  bareRun(
    archiveForm,
    curriculum([
      { steps, recipe: bareIcrlRecipe(archiveForm, { weights: 'none' }) },
      { steps: 1, recipe: bareIcrlRecipe(archiveForm) },
    ]),
  )
