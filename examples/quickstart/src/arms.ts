import { fileURLToPath } from 'node:url'
import type { Recipe } from '@icrl/core'
import {
  critiqueGrpo,
  dapo,
  drGrpo,
  echo,
  erl,
  gspo,
  icrl,
  luffy,
  rltfSd,
  type IcrlOptions,
} from '@icrl/recipes'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { defineRun, type RunConfig } from 'icrl'
import { replayingSuccesses } from './replaying-successes.ts'
import { withRounds } from './round-figures.ts'
import {
  attempt,
  CHAIN_RATES,
  CHAIN_ROLE,
  chainGrpoRecipe,
  chainIcrlRecipe,
  common,
  critique,
} from './chain-recipes.ts'
import {
  chainPrompt,
  chainTasks,
  parseTips,
  solveChain,
  writeTrace,
  type ChainTask,
} from './chain-task.ts'

/** What all arms share: model (as seen from `chain/`), tasks, evaluation, optimizer. */
function chainRun(recipe: Recipe<ChainTask>, learningRate: number): RunConfig<ChainTask> {
  return defineRun({
    model: '../model',
    recipe,
    roles: { solver: CHAIN_ROLE, critic: CHAIN_ROLE },
    tasks: () => chainTasks('train', 4096),
    evaluation: { tasks: () => chainTasks('test', 512), every: 5 },
    stop: { tokens: 60_000 },
    optimizer: { learningRate, clipNorm: 1, beta1: 0.9, beta2: 0.95, weightDecay: 0 },
    concurrency: 256,
  })
}

/** ICRL: 8 sessions per task. */
export function chainIcrl(
  more: Omit<IcrlOptions<ChainTask>, 'attempt'> = {},
): RunConfig<ChainTask> {
  return chainRun(chainIcrlRecipe(more), CHAIN_RATES.icrl)
}

const sampledAlone = { attempt, tasksPerStep: 8, minibatches: 2, sessionsPerTask: 20 }

/** GSPO, with the clip range of its paper. */
export const chainGspo = (): RunConfig<ChainTask> => chainRun(gspo(sampledAlone), 3e-4)

/** Dr.GRPO: answers are at most six tokens long. */
export const chainDrGrpo = (): RunConfig<ChainTask> =>
  chainRun(drGrpo({ ...sampledAlone, responseTokens: 6 }), 3e-4)

/** DAPO: groups without spread are sampled again. */
export const chainDapo = (): RunConfig<ChainTask> => chainRun(dapo(sampledAlone), 3e-4)

/** Critique-GRPO: every answer of 8 is criticized and refined. */
export const chainCritiqueGrpo = (): RunConfig<ChainTask> =>
  chainRun(
    critiqueGrpo({
      attempt,
      tasksPerStep: 8,
      minibatches: 2,
      ...critique,
      guidance: (tips) => tips,
      responseTokens: 6,
    }),
    3e-4,
  )

const critiqued = { attempt, tasksPerStep: 8, minibatches: 2, ...critique }

/** RLTF-SD: the critic is the starting model, and is not trained. */
export const chainRltfSd = (): RunConfig<ChainTask> => chainRun(rltfSd(critiqued), 3e-4)

/** ERL: the critic reflects. */
export const chainErl = (): RunConfig<ChainTask> => chainRun(erl(critiqued), 3e-4)

/** ECHO: one attempt, eight critiques of it and a refinement of each; one policy for both roles. */
export const chainEcho = (): RunConfig<ChainTask> =>
  chainRun(
    echo({ ...critiqued, sessionsPerTask: 1, branches: 8, clipLow: 0.2, guidance: (tips) => tips }),
    3e-4,
  )

/** LUFFY: 19 answers and the right one, which is written down and not sampled. */
export async function chainLuffy(): Promise<RunConfig<ChainTask>> {
  const tokenizer = await loadTokenizer(fileURLToPath(new URL('../model', import.meta.url)))
  const renderer = chatRenderer({ tokenizer })
  const demonstrate = (task: ChainTask) => [
    {
      prompt: renderer.start(chainPrompt(task)),
      response: renderer.answer!(writeTrace(solveChain(task))),
    },
  ]
  const options = { ...sampledAlone, sessionsPerTask: 19, responseTokens: 6, demonstrate }
  return chainRun(luffy(options), 3e-4)
}

/**
 * A control: whatever the critic says, the solver is shown the four easy operators, which it applies
 * rightly anyhow. It stands for "check your work".
 */
export function chainConstantCritique(): RunConfig<ChainTask> {
  const parseCritique = (): ReturnType<typeof parseTips> => parseTips('press quilt rinse stack')
  return chainRun(icrl({ ...common, ...critique, parseCritique }), 3e-4)
}

/** ICRL, evaluated with up to four attempts, each but the first under a critique of the last. */
export function chainRounds(): RunConfig<ChainTask> {
  const { criticPrompt, parseCritique } = critique
  return chainRun(
    withRounds(icrl({ ...common, ...critique }), { attempt, criticPrompt, parseCritique }),
    3e-4,
  )
}

/** ICRL with a low-rank adapter (LoRA) in every linear layer, in place of all weights. */
export function chainIcrlAdapter(rank: number): RunConfig<ChainTask> {
  return { ...chainIcrl(), engine: { adapter: { rank, alpha: 2 * rank } } }
}

/** ICRL with AdamW's moments in fewer bits than float32. */
export function chainIcrlMoments(moments: 'bf16' | '8bit'): RunConfig<ChainTask> {
  const run = chainIcrl()
  return { ...run, optimizer: { ...run.optimizer, moments } }
}

/**
 * GRPO: 20 sessions per task, about as many sampled tokens per step as ICRL, and a learning rate of
 * its own.
 */
export function chainGrpo(): RunConfig<ChainTask> {
  return chainRun(chainGrpoRecipe(), CHAIN_RATES.grpo)
}

/** GRPO that replays its successes as ICRL with `replay` does its guided ones. */
export function chainGrpoReplay(): RunConfig<ChainTask> {
  return chainRun(replayingSuccesses(chainGrpoRecipe()), 3e-4)
}

/**
 * The chain at a size that plain JavaScript learns in minutes: ICRL trains the guided successes of
 * its last steps again, which takes fewer tokens, and 64 held-out questions are answered alone.
 */
export function smallIcrl(): RunConfig<ChainTask> {
  const replay = { steps: 10, most: 32 }
  return small(chainIcrlRecipe({ replay, evaluations: ['critique_free'] }), 6e-4)
}

/** GRPO at that size. */
export function smallGrpo(): RunConfig<ChainTask> {
  return small(chainGrpoRecipe(), CHAIN_RATES.grpo)
}

function small(recipe: Recipe<ChainTask>, learningRate: number): RunConfig<ChainTask> {
  return {
    ...chainRun(recipe, learningRate),
    evaluation: { tasks: () => chainTasks('test', 64), every: 2 },
    stop: { tokens: 12_000 },
  }
}

/** The control: every revision sees another question's critique. */
export function chainShuffled(): RunConfig<ChainTask> {
  return chainRun(chainIcrlRecipe({ critic: 'shuffled' }), CHAIN_RATES.icrl)
}
