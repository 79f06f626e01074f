import { LocalPolicy, loadModelBytes } from '@icrl/backbone'
import {
  CHAIN_RATES,
  CHAIN_ROLE,
  chainGrpoRecipe,
  chainIcrlRecipe,
} from '@icrl/example-quickstart/chain-recipes'
import { chainTasks } from '@icrl/example-quickstart/chain-task'
import { chatRenderer, createTokenizer } from '@icrl/renderer'
import { train } from '@icrl/trainer'

/** Whose critique the revisions see: the critic's own, none (GRPO), or that of another question. */
export type Critique = 'on' | 'off' | 'shuffled'

/** The files of the quickstart's model. */
export interface ChainModel {
  readonly config: Record<string, unknown>
  readonly weights: Uint8Array
  readonly tokenizer: Record<string, unknown>
  readonly tokenizerConfig: Record<string, unknown>
}

/** A point of the learning curve: accuracies on held-out questions, between 0 and 1. */
export interface CurvePoint {
  /** Steps done before it. */
  readonly step: number
  /** Of first attempts. */
  readonly alone: number
  /** After a critique; absent where there is no critic. */
  readonly withCritique?: number
  /**
   * w̄_t, the mean calibration weight of one fixed set of answers; absent where nothing is written
   * under a critique.
   */
  readonly meanWeight?: number
}

/** What a step says. */
export interface StepFigures {
  /** Steps done with it. */
  readonly step: number
  /** Training tokens sampled so far. */
  readonly tokens: number
}

/** A run on the operator chain. */
export interface ChainRunOptions {
  readonly model: ChainModel
  readonly critique: Critique
  readonly seed: number
  readonly steps: number
  /** Held-out questions of an evaluation; default: 64. */
  readonly questions?: number
  readonly signal?: AbortSignal
  readonly onPoint?: (point: CurvePoint) => void
  readonly onStep?: (figures: StepFigures) => void
}

/** What it ends with: checksums that are the same wherever it ran. */
export interface ChainRun {
  readonly steps: number
  readonly metricsSha256: string
  /** SHA-256 of the weights, float32, parameter by parameter in the order of their names. */
  readonly weightsSha256: string
}

const RECIPES = {
  on: () => chainIcrlRecipe({ evaluations: ['critique_free', 'with_critique'] }),
  off: chainGrpoRecipe,
  shuffled: () =>
    chainIcrlRecipe({ critic: 'shuffled', evaluations: ['critique_free', 'with_critique'] }),
} as const

/** The quickstart's run on the current backend of TensorFlow.js: in a page, a worker or Node. */
export async function trainChain(options: ChainRunOptions): Promise<ChainRun> {
  const { model, critique, seed, steps, questions = 64, signal, onPoint, onStep } = options
  const { config, parameters } = await loadModelBytes(model)
  const optimizer = { beta1: 0.9, beta2: 0.95, weightDecay: 0 }
  await using policy = new LocalPolicy(config, parameters, { optimizer })
  const renderer = chatRenderer({
    tokenizer: createTokenizer({ ...model, modelConfig: model.config }),
  })
  const role = { ...CHAIN_ROLE, renderer, policy: 'policy' }
  const { summary } = await train({
    recipe: RECIPES[critique](),
    policies: { policy },
    roles: { solver: role, critic: role },
    tasks: chainTasks('train', 1024),
    evaluation: { tasks: chainTasks('test', questions), every: 5 },
    seed,
    stop: { steps },
    optimizer: {
      learningRate: critique === 'off' ? CHAIN_RATES.grpo : CHAIN_RATES.icrl,
      clipNorm: 1,
    },
    concurrency: 256,
    signal,
    onEvaluation: ({ step, metrics }) =>
      onPoint?.({
        step,
        alone: metrics['eval/critique_free'],
        withCritique: metrics['eval/with_critique'],
        meanWeight: metrics['calibration/probe_weight_mean'],
      }),
    onStep: ({ step, metrics }) =>
      onStep?.({ step: step + 1, tokens: metrics['tokens/sampled_total'] }),
  })
  return {
    steps: summary.steps,
    metricsSha256: summary.metrics_sha256,
    weightsSha256: await checksumOf(parameters),
  }
}

async function checksumOf(
  parameters: Awaited<ReturnType<typeof loadModelBytes>>['parameters'],
): Promise<string> {
  const names = [...parameters.keys()].sort()
  const values = names.map((name) => parameters.get(name)!.dataSync<'float32'>())
  const all = new Float32Array(values.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of values) {
    all.set(part, at)
    at += part.length
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
