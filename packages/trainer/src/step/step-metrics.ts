import { type Recipe, type RecipeMemory, type Sample, type SessionResult } from '@icrl/core'
import type { Ledger } from './balance-ledger.ts'
import { collectMetrics, meanOf, shareOf } from '../run/metrics-line.ts'
import { recipeFigures } from '../run/recipe-figures.ts'
import type { Metrics } from '../train-options.ts'
import type { Mismatch } from './score-samples.ts'
import type { OptimizerStepReport } from './update-policy.ts'

/** What the metrics of learning are computed from. */
export interface LearningFigures {
  readonly optimizerSteps: readonly OptimizerStepReport[]
  readonly mismatch?: Mismatch
  /** Optimizer batches that were skipped; absent where none may be. */
  readonly skippedSteps?: number
  /** Learning rates that schedules set, by metric. */
  readonly learningRates?: readonly Entry[]
}

export interface StepMetricsOptions extends LearningFigures {
  readonly recipe: Pick<Recipe, 'name' | 'capWeights' | 'metrics'>
  readonly step: number
  readonly sessions: readonly SessionResult[]
  /** As rewarded, before filters. */
  readonly rewarded: readonly Sample[]
  /** The samples that filters kept, with everything that was computed for them. */
  readonly trained: readonly Sample[]
  /** Figures of how far the weights that sampled are behind those that learn, if they can be. */
  readonly staleness: readonly Entry[]
  readonly ledger: Ledger
  /** Training tokens that the run has sampled, this step included. */
  readonly tokensTotal: number
  /** What the recipe remembers. */
  readonly memory: RecipeMemory
  /** Metrics of the evaluation before this step, if there was one. */
  readonly evaluation?: Metrics
}

/** A metric that may have no value. */
export type Entry = readonly [string, number | undefined]

/** Diagnostics that have another name in `metrics.jsonl`. */
const DIAGNOSTIC_NAMES: Readonly<Record<string, string>> = { clipped: 'clip_fraction' }

/** One line of `metrics.jsonl`; the recipe's own accuracies stand beside the trainer's. */
export function stepMetrics(options: StepMetricsOptions): Metrics {
  const { step, evaluation = {}, ledger, staleness, tokensTotal } = options
  const own = ownEntries(options)
  const isAccuracy = ([name]: Entry): boolean => name.startsWith('accuracy/')
  const isLedger = ([name]: Entry): boolean => name.startsWith('ledger/')
  return collectMetrics([
    ['step', step],
    ...rewardEntries(options),
    ...own.filter(isAccuracy),
    ...Object.entries(evaluation),
    ...own.filter((entry) => !isAccuracy(entry)),
    ...policyEntries(options),
    ...correctionEntries(options),
    ...staleness.filter((entry) => !isLedger(entry)),
    ...groupEntries(options),
    ...failureEntries(options),
    ['ledger/generated', ledger.generated],
    ['ledger/failed', ledger.failed],
    ['ledger/filtered', ledger.filtered],
    ['ledger/truncated', ledger.truncated],
    ['ledger/zero_advantage', ledger.zeroAdvantage],
    ['ledger/trained', ledger.trained],
    ...staleness.filter(isLedger),
    ['tokens/sampled_total', tokensTotal],
  ])
}

function rewardEntries({ sessions, rewarded }: StepMetricsOptions): Entry[] {
  const attempted = sessions.filter(({ outcomes }) => outcomes.length > 0)
  return [
    ...rolesOf(rewarded).map((role): Entry => [
      `reward/${role}`,
      meanOf(ofRole(rewarded, role).map(({ reward }) => reward)),
    ]),
    ['accuracy/first', shareOf(attempted, ({ outcomes }) => outcomes[0].success)],
  ]
}

/** `policy/*`. */
export function policyEntries({
  optimizerSteps,
  mismatch,
  skippedSteps,
  learningRates = [],
}: LearningFigures): Entry[] {
  const tokens = optimizerSteps.reduce((sum, report) => sum + report.tokens, 0)
  const perToken = (value: (report: OptimizerStepReport) => number): number =>
    optimizerSteps.reduce((sum, report) => sum + value(report), 0) / tokens
  const names = [
    ...new Set(optimizerSteps.flatMap(({ diagnostics }) => Object.keys(diagnostics))),
  ].sort()
  const hasEntropy = tokens > 0 && optimizerSteps.every(({ entropy }) => entropy !== undefined)
  return [
    ['policy/entropy', hasEntropy ? perToken(({ entropy }) => entropy!) : undefined],
    ...names.map((name): Entry => [
      `policy/${DIAGNOSTIC_NAMES[name] ?? name}`,
      perToken(({ diagnostics }) => diagnostics[name] ?? 0),
    ]),
    [
      'policy/grad_norm',
      meanOf(
        optimizerSteps.flatMap(({ gradientNorm }) =>
          gradientNorm === undefined ? [] : [gradientNorm],
        ),
      ),
    ],
    ...learningRates,
    ['policy/loss', meanOf(optimizerSteps.map(({ loss }) => loss))],
    ['policy/mismatch_max', mismatch?.max],
    // Of an exact engine it is 0, and the line stays as it was.
    ['policy/mismatch_mean', mismatch?.max ? mismatch.sum / mismatch.tokens : undefined],
    ['policy/skipped_steps', skippedSteps],
  ]
}

/** The recipe's own figures. */
export function ownEntries({
  recipe,
  ...figures
}: Pick<
  StepMetricsOptions,
  'recipe' | 'step' | 'sessions' | 'rewarded' | 'trained' | 'memory'
>): Entry[] {
  const { step, sessions, rewarded, trained, memory } = figures
  const own = recipe.metrics?.({
    step,
    sessions,
    rewarded,
    trained,
    capWeights: recipe.capWeights ?? ((weights) => weights),
    memory,
  })
  return recipeFigures(recipe.name, 'metrics', own ?? {})
}

/** `correction/*`, over the chosen tokens of the samples that were corrected. */
export function correctionEntries({ trained }: Pick<StepMetricsOptions, 'trained'>): Entry[] {
  const corrected = trained.filter(({ correction }) => correction)
  const weights = corrected.flatMap(({ correction, mask }) =>
    Array.from(correction!).filter((_, t) => mask[t] === 1),
  )
  if (weights.length === 0) return []
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const squares = weights.reduce((all, weight) => all + weight * weight, 0)
  return [
    ['correction/sample_fraction', corrected.length / trained.length],
    ['correction/weight_mean', sum / weights.length],
    ['correction/masked_fraction', shareOf(weights, (weight) => weight === 0)],
    ['correction/ess', squares === 0 ? 0 : (sum * sum) / squares],
  ]
}

/** Sessions of the step's own that failed, early or late; nothing where none did. */
function failureEntries({ step, sessions }: StepMetricsOptions): Entry[] {
  const own = sessions.filter((session) => (session.step ?? step) === step)
  const failed = own.filter(({ failure }) => failure).length
  if (failed === 0) return []
  return [
    ['sessions/failed', failed],
    ['sessions/failed_share', failed / own.length],
  ]
}

/** A group is a task's samples of one role; with zero variance all its rewards are equal. */
function groupEntries({ rewarded }: StepMetricsOptions): Entry[] {
  return rolesOf(rewarded).map((role) => {
    const groups = new Map<string, number[]>()
    for (const { keys, reward } of ofRole(rewarded, role))
      groups.set(keys.task, [...(groups.get(keys.task) ?? []), reward])
    return [
      `groups/zero_variance_${role}`,
      shareOf([...groups.values()], (rewards) => rewards.every((reward) => reward === rewards[0])),
    ]
  })
}

function rolesOf(samples: readonly Sample[]): string[] {
  return [...new Set(samples.map(({ keys }) => keys.role))].sort()
}

function ofRole(samples: readonly Sample[], role: string): Sample[] {
  return samples.filter(({ keys }) => keys.role === role)
}
