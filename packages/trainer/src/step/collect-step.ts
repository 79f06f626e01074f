import {
  compareSamples,
  IcrlError,
  outcomeOf,
  randomStream,
  type CollectContext,
  type RecipeMemory,
  type Sample,
  type Scorer,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { runSessions } from '@icrl/rollout'
import type { DataOrder, DataOrderState } from '../data-order.ts'
import type { ResolvedRoles } from '../resolve-roles.ts'
import { type Mismatch, scorerFor } from './score-samples.ts'
import { tokenMeter } from './token-meter.ts'
import type { TrainOptions } from '../train-options.ts'

export interface CollectStepOptions<T extends Task> {
  readonly options: TrainOptions<T>
  readonly step: number
  readonly roles: Pick<ResolvedRoles, 'responders' | 'references'>
  /** The policies, with the weights that the recipe scores with. */
  readonly scorers: Readonly<Record<string, Scorer>>
  readonly order: DataOrder<T>
  readonly data: DataOrderState
  readonly memory: RecipeMemory
}

/** One step's sessions and what the recipe's reward rule made of their samples. */
export interface CollectedStep {
  readonly sessions: readonly SessionResult[]
  /** In key order. */
  readonly samples: readonly Sample[]
  /** Tokens sampled for roles with a policy to train, as the samplers counted, by `sessionKey`. */
  readonly metered: ReadonlyMap<string, number>
  /** Ids of the samples that this step's sessions made. */
  readonly sampled: ReadonlySet<string>
  readonly data: DataOrderState
  /** Of a step that was sampled while others learned. */
  readonly ahead?: SampledAhead
}

/** What is kept of weights that will have gone when a step learns. */
export interface SampledAhead {
  /** Steps that the weights had done. */
  readonly weightsAt: number
  /**
   * Old log-probabilities `[T]` by id, of the weights that sampled, under the trained prompt; of
   * samples whose objective reads them and has no correction.
   */
  readonly oldLogprobs: ReadonlyMap<string, Float32Array>
  /** |behavior − log-probability recomputed by those weights|, if it was looked at. */
  readonly mismatch?: Mismatch
  /** Seconds it took; absent if it was read from a checkpoint. */
  readonly seconds?: number
}

/**
 * Lets the recipe collect one step's sessions, and sets their rewards. A later `take` of the same
 * step passes over tasks that were already taken, so that no two sessions share their draws.
 *
 * @throws `invalid-shape` for two samples of one id, `invalid-option` for a sample whose policy
 * does not learn, `non-finite` for a reward that is no number.
 */
export async function collectStep<T extends Task>({
  options,
  step,
  roles: { responders, references },
  scorers,
  order,
  data,
  memory,
}: CollectStepOptions<T>): Promise<CollectedStep> {
  const {
    recipe,
    roles,
    seed,
    concurrency,
    sessionTimeoutMs: timeoutMs,
    signal,
    onSession,
  } = options
  const meter = tokenMeter(roles)
  const seen = new Set<string>()
  const sampled = new Set<string>()
  let state = data
  const context: CollectContext<T> = {
    step,
    memory,
    random: (name) => randomStream(seed, name, step),
    score: scorerFor({ policies: scorers, references }),
    take(count, where) {
      const taken = order.take(state, count, { except: seen, where })
      taken.tasks.forEach(({ id }) => seen.add(id))
      state = taken.state
      return taken.tasks
    },
    async run(protocol, tasks, sessions, { firstSession } = {}) {
      const results = await runSessions({
        protocol,
        tasks,
        sessions,
        firstSession,
        samplers: responders,
        bindings: roles,
        draw: { seed, domain: 'train', step },
        concurrency,
        timeoutMs,
        signal,
        onTurn: meter.count,
        onSession: (result) => onSession?.({ step, phase: 'train', result }),
      })
      for (const { id } of results.flatMap(({ samples }) => samples)) sampled.add(id)
      return results
    },
  }
  const sessions = await recipe.collect(context)
  for (const { task, session, outcomes } of sessions)
    for (const outcome of outcomes) outcomeOf(outcome, `session ${session} of task "${task}"`)
  const finished = sessions.filter(({ failure, outcomes }) => !failure || outcomes.length > 0)
  const rewarded = recipe.reward?.(finished) ?? finished.flatMap(({ samples: own }) => own)
  const samples = [...rewarded].sort(compareSamples)
  checkSamples(samples, Object.keys(options.policies))
  return { sessions, samples, metered: meter.counts, sampled, data: state }
}

function checkSamples(samples: readonly Sample[], policies: readonly string[]): void {
  const ids = new Set<string>()
  for (const sample of samples) {
    const { id, policy, reward, rewards, success } = sample
    if (ids.has(id))
      throw new IcrlError(`sample "${id}" exists twice in one step.`, {
        code: 'invalid-shape',
        remedy: 'Make ids with the session context, one branch for each continuation.',
      })
    ids.add(id)
    if (!policies.includes(policy))
      throw new IcrlError(
        `sample "${id}" trains the policy "${policy}", which the run does not have.`,
        { code: 'invalid-option', remedy: `Policies are: ${policies.join(', ')}.` },
      )
    // A rule may set a reward above 1 and leave open whether that is a success.
    outcomeOf({ reward, success: success ?? false }, `sample "${id}"`)
    for (const [name, component] of Object.entries(rewards))
      if (!Number.isFinite(component))
        throw new IcrlError(
          `sample "${id}": the component "${name}" of its reward is ${String(component)} (${typeof component}).`,
          {
            code: 'non-finite',
            remedy: 'Look at the verifier and the reward rule: it is a finite number.',
          },
        )
  }
}
