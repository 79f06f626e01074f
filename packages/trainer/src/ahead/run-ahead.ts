import { IcrlError, type RecipeMemory, type Snapshot, type Task } from '@icrl/core'
import { createDataOrder } from '../data-order.ts'
import type { ResolvedRoles } from '../resolve-roles.ts'
import { checkpointInterval, evaluationInterval } from '../run/run-config.ts'
import { recipeMemory } from '../run/recipe-memory.ts'
import type { TrainState } from '../run/train-state.ts'
import { collectStep, type CollectedStep } from '../step/collect-step.ts'
import { measureMismatch } from '../step/prepare-samples.ts'
import { runRecipeAt } from '../step/recipe-at.ts'
import { startStopwatch } from '../step/stopwatch.ts'
import type { TrainOptions } from '../train-options.ts'
import { oldBeforeLeaving } from './old-before-leaving.ts'
import { decodeAhead, encodeAhead } from './stored-ahead.ts'

/** Steps that are sampled while others learn. Dispose of it to end what is under way. */
export interface Ahead extends AsyncDisposable {
  /**
   * Begins to sample what the policies, as they are before step `state.step` learns, are to sample:
   * step `state.step + staleness`; before the first step, that and all before it.
   */
  begin(state: TrainState): Promise<void>
  /** What was sampled for a step, once all of it is there. */
  take(step: number): Promise<CollectedStep>
  /** Waits until nothing is under way, whether it succeeds or not. */
  settled(): Promise<void>
  /** What is sampled and not yet learned from, for a checkpoint, once all of it is there. */
  stored(): Promise<readonly string[]>
  /** Ends what is under way, and drops what is not learned from. */
  drop(): Promise<void>
}

export interface AheadOptions<T extends Task> {
  readonly options: TrainOptions<T>
  readonly roles: ResolvedRoles
  readonly staleness: number
  /** The state of a run that is resumed. */
  readonly state: TrainState
}

/**
 * Samples steps ahead. Step s is begun when s − staleness steps are done, and everything that it
 * depends on is known then: the weights, the recipe's memory, the references, and the place in its
 * lane of the data, which step s − staleness − 1 left. So it does not matter when it ends, nor what
 * ends before it: equal options give equal bytes, whatever takes how long. A checkpoint holds what
 * was sampled ahead, since the weights that it came from are gone when the run is resumed.
 *
 * @throws `run-conflict` if the checkpoint lacks steps that the run now has, because it was to end
 * before them
 */
export function runAhead<T extends Task>({
  options,
  roles,
  staleness,
  state: from,
}: AheadOptions<T>): Ahead {
  const { policies, tasks, seed, stop } = options
  const controller = new AbortController()
  const signal = options.signal
    ? AbortSignal.any([options.signal, controller.signal])
    : controller.signal
  const lanes = Array.from({ length: staleness + 1 }, (_, lane) =>
    createDataOrder(tasks, seed, { lane, lanes: staleness + 1 }),
  )
  const flights = new Map<number, Promise<CollectedStep>>()
  const leaving = new Set<Promise<unknown>>()
  const isOfRun = (step: number): boolean => !('steps' in stop) || step < stop.steps
  for (const line of from.ahead ?? []) {
    const { step, collected } = decodeAhead(line)
    flights.set(step, Promise.resolve(collected))
  }
  checkStored(from.step, staleness, (step) => !isOfRun(step) || flights.has(step))

  const sample = async (
    step: number,
    held: Readonly<Record<string, Snapshot>>,
    { data, memory, step: weightsAt }: TrainState,
  ): Promise<CollectedStep> => {
    const watch = startStopwatch()
    const recipe = runRecipeAt(options, step)
    const responders = Object.fromEntries(
      Object.entries(roles.responders).map(([role, responder]) => {
        const name = Object.keys(policies).find((one) => policies[one] === responder)
        return [role, name === undefined ? responder : held[name]]
      }),
    )
    const collected = await collectStep({
      options: { ...options, recipe, signal },
      step,
      roles: { responders, references: { ...roles.references } },
      scorers: held,
      order: lanes[step % lanes.length],
      data,
      memory: readOnly(recipe.name, recipeMemory(recipe.name, memory)),
    })
    const isExact = (name: string): boolean => policies[name].capabilities.has('exact')
    const every = evaluationInterval(options)
    const rescore =
      (every !== undefined && step % every === 0) || !Object.keys(policies).every(isExact)
    return {
      ...collected,
      ahead: {
        weightsAt,
        oldLogprobs: await oldBeforeLeaving(
          { recipe, leaving: held, responders, isExact },
          collected.samples,
        ),
        mismatch: rescore ? await measureMismatch({ responders }, collected.samples) : undefined,
        seconds: watch.total(),
      },
    }
  }

  const settled = async (): Promise<void> => {
    await Promise.allSettled(flights.values())
    await Promise.all(leaving)
  }
  const drop = async (): Promise<void> => {
    controller.abort(
      new IcrlError('The run has ended.', { code: 'aborted', remedy: 'Nothing needs to be done.' }),
    )
    await settled()
    flights.clear()
  }
  return {
    async begin(state) {
      const { step } = state
      const first = step === 0 ? 0 : step + staleness
      const due = Array.from({ length: step + staleness - first + 1 }, (_, i) => first + i).filter(
        (one) => isOfRun(one) && !flights.has(one),
      )
      if (due.length === 0) return
      const held = await snapshotsOf(options)
      for (const one of due) flights.set(one, sample(one, held, state))
      const ended = Promise.allSettled(due.map((one) => flights.get(one)!)).then(() =>
        Promise.all(Object.values(held).map((snapshot) => snapshot[Symbol.asyncDispose]())),
      )
      leaving.add(ended)
      // What goes wrong there is reported by whoever waits for it.
      void ended.then(
        () => leaving.delete(ended),
        () => undefined,
      )
    },
    async take(step) {
      const collected = await flights.get(step)
      flights.delete(step)
      return collected!
    },
    settled,
    async stored() {
      const steps = [...flights.keys()].sort((a, b) => a - b)
      const collected = await Promise.all(steps.map((step) => flights.get(step)!))
      return steps.map((step, i) => encodeAhead(step, collected[i]))
    },
    drop,
    [Symbol.asyncDispose]: drop,
  }
}

/** A snapshot of every policy; none is left behind if one of them cannot be taken. */
async function snapshotsOf<T extends Task>({
  policies,
}: TrainOptions<T>): Promise<Record<string, Snapshot>> {
  const taken: Record<string, Snapshot> = {}
  try {
    for (const [name, policy] of Object.entries(policies)) taken[name] = await policy.snapshot()
    return taken
  } catch (error) {
    for (const snapshot of Object.values(taken)) await snapshot[Symbol.asyncDispose]()
    throw error
  }
}

function readOnly(recipe: string, memory: RecipeMemory): RecipeMemory {
  return {
    get: memory.get,
    set: () => {
      throw new IcrlError(
        `recipe "${recipe}" remembers something while it collects, and steps are collected at the same time.`,
        {
          code: 'unsupported',
          remedy: 'Remember in `metrics` or `onEvaluate`, or run with staleness 0.',
        },
      )
    },
  }
}

function checkStored(step: number, staleness: number, has: (step: number) => boolean): void {
  if (step === 0) return
  const ahead = Array.from({ length: staleness }, (_, i) => step + i)
  const missing = ahead.filter((one) => !has(one))
  if (missing.length === 0) return
  const whole = step + ahead.length - missing.length - staleness
  throw new IcrlError(
    `train: the checkpoint of step ${step} does not hold what was sampled for step ${missing.join(', ')}: the run was to end before, and the weights that sample it are gone.`,
    {
      code: 'run-conflict',
      remedy:
        whole > 0
          ? `Delete the folders of checkpoints after step-${String(whole).padStart(5, '0')}: the run then goes on from the newest one that is left, and has the bytes of one that was this long from the start. Or begin a new run from its model.`
          : 'It was too short to be extended: delete its folder and begin anew, or begin a new run from its model.',
    },
  )
}

/**
 * Steps of the newest checkpoint that a run could be extended from, which the last ones need: those
 * hold nothing that was sampled for steps beyond the run's end.
 */
export function extendedFrom<T extends Task>(
  options: Pick<TrainOptions<T>, 'asynchronous' | 'stop' | 'checkpoints' | 'evaluation'>,
  step: number,
): readonly number[] {
  const { asynchronous: { staleness = 0 } = {}, stop } = options
  if (staleness === 0 || !('steps' in stop) || step <= stop.steps - staleness) return []
  const every = checkpointInterval(options)
  const newest = every * Math.floor((stop.steps - staleness) / every)
  return newest > 0 ? [newest] : []
}
