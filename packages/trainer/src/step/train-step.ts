import {
  compareSamples,
  type RecipeMemory,
  type Sample,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { balanceLedger } from './balance-ledger.ts'
import { stalenessEntries } from '../ahead/staleness-entries.ts'
import type { CollectedStep } from './collect-step.ts'
import type { DataOrderState } from '../data-order.ts'
import { learnStep } from './learn-step.ts'
import { joinMismatches } from './score-samples.ts'
import { collectMetrics } from '../run/metrics-line.ts'
import type { ResolvedRoles } from '../resolve-roles.ts'
import type { ReplayBuffer } from './replay-buffer.ts'
import { stepMetrics } from './step-metrics.ts'
import { startStopwatch, type Stopwatch } from './stopwatch.ts'
import type { Metrics, TrainOptions } from '../train-options.ts'
import type { OptimizerStepReport } from './update-policy.ts'

export interface TrainStepOptions<T extends Task> {
  readonly options: TrainOptions<T>
  readonly roles: ResolvedRoles
  readonly step: number
  /** Gives the step's sessions: samples them, or waits for them. */
  readonly collect: () => Promise<CollectedStep>
  /** Training tokens sampled before this step. */
  readonly tokens: number
  /**
   * Metrics of the evaluation before this step, if there was one. Then every sample's
   * log-probabilities are checked, too.
   */
  readonly evaluation?: Metrics
  /** Seconds that evaluation took. */
  readonly evaluationSeconds: number
  /** What the recipe remembers. */
  readonly memory: RecipeMemory
  /** Samples of earlier steps, to which this step's are added. */
  readonly replay: ReplayBuffer
}

export interface TrainStepResult {
  readonly metrics: Metrics
  readonly timing: Metrics
  readonly sessions: readonly SessionResult[]
  /** Every sample of the step, with what was computed for it. */
  readonly samples: readonly Sample[]
  readonly data: DataOrderState
  readonly generated: number
}

/**
 * One training step: rollout, rewards, filters, reference and old log-probabilities, advantages,
 * weights, optimizer steps, ledger and metrics. Nothing changes before the first optimizer step, so
 * a step that is aborted while it samples leaves no trace.
 */
export async function trainStep<T extends Task>(
  context: TrainStepOptions<T>,
): Promise<TrainStepResult> {
  const { options, roles, step, tokens, evaluation, memory, replay } = context
  const watch = startStopwatch()
  const collected = await watch.measure('sample', () => context.collect())
  const { sessions, samples, metered, sampled, ahead } = collected
  const versions = versionsOf(options)
  const learning = await learnStep({
    options,
    roles,
    step,
    samples,
    known: ahead?.oldLogprobs,
    replayed: replay.at(step),
    rescore: evaluation !== undefined && !ahead,
    watch,
  })
  const { fates, learned, optimizerSteps, trainedTokens, passedTokens, ...found } = learning
  replay.add(step, [...learned.values()])
  const ledger = balanceLedger({ step, sessions, samples, sampled, metered, fates, trainedTokens })
  const { generated } = ledger
  const metrics = stepMetrics({
    step,
    recipe: options.recipe,
    evaluation,
    ledger,
    sessions,
    optimizerSteps,
    ...found,
    mismatch: joinMismatches([found.mismatch, ahead?.mismatch]),
    staleness: stalenessEntries({ step, collected, trained: [...learned.values()], versions }),
    rewarded: samples,
    trained: [...learned.values()],
    memory,
    tokensTotal: tokens + generated,
  })
  return {
    metrics,
    timing: timingOf(context, watch, { collected, generated, passedTokens, optimizerSteps }),
    sessions,
    samples: withComputed(samples, learned),
    data: collected.data,
    generated,
  }
}

function versionsOf<T extends Task>({ policies }: TrainOptions<T>): Record<string, string> {
  return Object.fromEntries(Object.entries(policies).map(([name, { version }]) => [name, version]))
}

/** Every sample collected, or added by a filter, in key order and in its latest form. */
function withComputed(collected: readonly Sample[], done: ReadonlyMap<string, Sample>): Sample[] {
  return [
    ...new Map([
      ...collected.map((sample): [string, Sample] => [sample.id, sample]),
      ...done,
    ]).values(),
  ].sort(compareSamples)
}

/** What a step's timing is computed from. */
interface StepWork {
  readonly collected: CollectedStep
  readonly generated: number
  readonly passedTokens: number
  readonly optimizerSteps: readonly OptimizerStepReport[]
}

/** The process's memory; nothing in a browser, which does not tell. */
function memoryUsage(): Partial<NodeJS.MemoryUsage> {
  return typeof process === 'object' && typeof process.memoryUsage === 'function'
    ? process.memoryUsage()
    : {}
}

/** The most memory that the process has had; nothing in a browser. */
function peakResidentBytes(): number | undefined {
  return typeof process === 'object' && typeof process.resourceUsage === 'function'
    ? 1024 * process.resourceUsage().maxRSS
    : undefined
}

function timingOf<T extends Task>(
  { step, evaluationSeconds }: TrainStepOptions<T>,
  watch: Stopwatch,
  { collected: { ahead }, generated, passedTokens, optimizerSteps }: StepWork,
): Metrics {
  const peaks = optimizerSteps.flatMap(({ peakBytes }) => peakBytes ?? [])
  const { rss, heapUsed, external } = memoryUsage()
  const mostResident = peakResidentBytes()
  const rate = (tokens: number, seconds: number | undefined): number | undefined =>
    seconds !== undefined && seconds > 0 && tokens > 0 ? tokens / seconds : undefined
  const sampling = ahead ? ahead.seconds : watch.of('sample')
  return collectMetrics([
    ['step', step],
    ['perf/sample_tokens_per_second', rate(generated, sampling)],
    ['perf/train_tokens_per_second', rate(passedTokens, watch.of('train'))],
    ['perf/step_seconds', watch.total() + evaluationSeconds],
    ['perf/phase/evaluate', evaluationSeconds],
    ['perf/phase/sample', watch.of('sample')],
    ['perf/sampled_ahead_seconds', ahead?.seconds],
    ['perf/phase/score', watch.of('score')],
    ['perf/phase/train', watch.of('train')],
    ['memory/rss_bytes', rss],
    ['memory/peak_rss_bytes', mostResident],
    ['memory/heap_bytes', heapUsed],
    ['memory/external_bytes', external],
    ['memory/peak_tensor_bytes', peaks.length === 0 ? undefined : Math.max(...peaks)],
  ])
}
