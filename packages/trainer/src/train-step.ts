import { compareSamples, randomStream, type Sample, type SessionResult, type Task } from '@icrl/core'
import { balanceLedger } from './balance-ledger.ts'
import { collectStep } from './collect-step.ts'
import type { DataOrder, DataOrderState } from './data-order.ts'
import { filterSamples } from './filter-samples.ts'
import { collectMetrics } from './metrics-line.ts'
import { planOptimiserBatches } from './plan-optimiser-batches.ts'
import { isOnPolicy, measureMismatch, prepareSamples, type PrepareContext } from './prepare-samples.ts'
import type { ResolvedRoles } from './resolve-roles.ts'
import { budgetOf } from './run-config.ts'
import { stepMetrics } from './step-metrics.ts'
import { startStopwatch, type Stopwatch } from './stopwatch.ts'
import type { Metrics, TrainOptions } from './train-options.ts'
import { updatePolicy, type UpdateReport } from './update-policy.ts'

export interface TrainStepOptions<T extends Task> {
  readonly options: TrainOptions<T>
  readonly roles: ResolvedRoles
  readonly order: DataOrder<T>
  readonly step: number
  readonly data: DataOrderState
  /** Training tokens sampled before this step. */
  readonly tokens: number
  /** Of the evaluation before this step, where there was one: then every sample's log-probabilities are checked too. */
  readonly evaluation?: Metrics
  /** Seconds that evaluation took. */
  readonly evaluationSeconds: number
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
 * One training step: rollout, rewards, filters, reference and old log-probabilities, advantages, weights, optimiser steps, ledger
 * and metrics. Until the first optimiser step nothing has changed, so a step that is aborted while it samples never was.
 */
export async function trainStep<T extends Task>(context: TrainStepOptions<T>): Promise<TrainStepResult> {
  const { options, roles, order, step, data, tokens, evaluation } = context
  const { recipe, policies } = options
  const watch = startStopwatch()
  const preparing: PrepareContext = { recipe, policies, responders: roles.responders, references: roles.references, budget: budgetOf(options) }
  const collected = await watch.measure('sample', () => collectStep({ options, step, responders: roles.responders, order, data }))
  const { kept, ...fates } = filterSamples(collected.samples, recipe.filters)
  const plan = planPolicies(options, step, kept)
  const rescored = evaluation && (await watch.measure('score', () => measureMismatch(preparing, collected.samples)))
  const prepared = await watch.measure('score', () => prepareSamples(preparing, kept, (policy) => plan.get(policy)!.length > 1))
  const reports = await watch.measure('train', () => update(preparing, options, plan, prepared))
  const updated = new Map(reports.flatMap(({ samples }) => [...samples]))
  const done = new Map(prepared.map((sample) => [sample.id, updated.get(sample.id) ?? sample]))
  const trainedTokens = new Map(reports.flatMap(({ trained }) => [...trained].map(([id, flags]): [string, number] => [id, flags.reduce((sum, flag) => sum + flag, 0)])))
  const ledger = balanceLedger({ step, sessions: collected.sessions, samples: collected.samples, metered: collected.metered, fates, trainedTokens })
  const metrics = stepMetrics({
    step, recipe, evaluation, ledger,
    sessions: collected.sessions,
    rewarded: collected.samples,
    trained: [...done.values()],
    optimiserSteps: reports.flatMap(({ steps }) => steps),
    mismatch: largest([rescored, ...reports.map(({ mismatch }) => mismatch)]),
    tokensTotal: tokens + ledger.generated,
  })
  return {
    metrics,
    timing: timingOf(context, watch, ledger.generated, [...plan.values()].flat(2)),
    sessions: collected.sessions,
    samples: withComputed(collected.samples, done),
    data: collected.data,
    generated: ledger.generated,
  }
}

/** Each policy's optimiser batches `[steps][samples]`. */
function planPolicies<T extends Task>({ recipe, policies, seed }: TrainOptions<T>, step: number, kept: readonly Sample[]): Map<string, Sample[][]> {
  const { objective, minibatches = 1, epochs = 1 } = recipe
  return new Map(
    Object.keys(policies).sort().map((name) => {
      const own = kept.filter(({ policy }) => policy === name)
      return [name, planOptimiserBatches(own, { unitOf: objective.unitOf, minibatches, epochs, stream: randomStream(seed, 'minibatches', step, name) })]
    }),
  )
}

async function update<T extends Task>(context: PrepareContext, options: TrainOptions<T>, plan: ReadonlyMap<string, readonly Sample[][]>, prepared: readonly Sample[]): Promise<UpdateReport[]> {
  const { recipe, policies, optimiser } = options
  const byId = new Map(prepared.map((sample) => [sample.id, sample]))
  // What sampled a sample is a question about the weights before the first step of any policy.
  const onPolicy = new Set(prepared.filter((sample) => isOnPolicy(context, sample)).map(({ id }) => id))
  const reports: UpdateReport[] = []
  for (const [name, batches] of plan) {
    const ready = batches.map((batch) => batch.map(({ id }) => byId.get(id)!))
    reports.push(await updatePolicy({ recipe, policy: policies[name], batches: ready, optimiser, microBatchTokens: context.budget, isOnPolicy: ({ id }) => onPolicy.has(id) }))
  }
  return reports
}

/** Every sample collected, or added by a filter, in key order and in its latest form. */
function withComputed(collected: readonly Sample[], done: ReadonlyMap<string, Sample>): Sample[] {
  return [...new Map([...collected.map((sample): [string, Sample] => [sample.id, sample]), ...done]).values()].sort(compareSamples)
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

function timingOf<T extends Task>({ step, evaluationSeconds }: TrainStepOptions<T>, watch: Stopwatch, generated: number, passed: readonly Sample[]): Metrics {
  const passedTokens = passed.reduce((sum, { trainedUnder, response }) => sum + trainedUnder.length + response.length, 0)
  const { rss, heapUsed, external } = process.memoryUsage()
  const rate = (tokens: number, seconds: number): number | undefined => (seconds > 0 && tokens > 0 ? tokens / seconds : undefined)
  return collectMetrics([
    ['step', step],
    ['perf/sample_tokens_per_second', rate(generated, watch.of('sample'))],
    ['perf/train_tokens_per_second', rate(passedTokens, watch.of('train'))],
    ['perf/step_seconds', watch.total() + evaluationSeconds],
    ['perf/phase/evaluate', evaluationSeconds],
    ['perf/phase/sample', watch.of('sample')],
    ['perf/phase/score', watch.of('score')],
    ['perf/phase/train', watch.of('train')],
    ['memory/rss_bytes', rss],
    ['memory/heap_bytes', heapUsed],
    ['memory/external_bytes', external],
  ])
}
