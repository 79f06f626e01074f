import { IcrlError, isIcrlError, type RecipeMemory, type Task } from '@icrl/core'
import { extendedFrom, runAhead, type Ahead } from './ahead/run-ahead.ts'
import { checkTrainOptions } from './check-train-options.ts'
import { createDataOrder, type DataOrder } from './data-order.ts'
import { evaluate } from './evaluate/evaluate.ts'
import { idleSteps, type IdleSteps } from './idle-steps.ts'
import { resolveRoles, restorePolicies, syncSteps, type ResolvedRoles } from './resolve-roles.ts'
import { checkpointInterval, evaluationInterval, runConfig } from './run/run-config.ts'
import { recipeMemory } from './run/recipe-memory.ts'
import { runFolder } from './run/run-folder.ts'
import type { Checkpoint, OpenedRun, RunStore } from './run/run-store.ts'
import { startStopwatch } from './step/stopwatch.ts'
import { summarize } from './run/summarize.ts'
import type { Metrics, TrainOptions, TrainResult } from './train-options.ts'
import { decodeState, encodeState, type TrainState } from './run/train-state.ts'
import { runRecipeAt } from './step/recipe-at.ts'
import { collectStep } from './step/collect-step.ts'
import { unlessIdle } from './unless-idle.ts'
import { replayBuffer, type ReplayBuffer } from './step/replay-buffer.ts'
import { trainStep } from './step/train-step.ts'

/** A run under way. */
interface Run<T extends Task> {
  readonly options: TrainOptions<T>
  readonly roles: ResolvedRoles
  readonly order: DataOrder<T>
  /** What is sampled while other steps learn; absent if nothing is. */
  readonly ahead?: Ahead
  readonly folder?: OpenedRun
  readonly metrics: Metrics[]
  readonly replay: ReplayBuffer
  readonly idle: IdleSteps
  /** True once the run is to stop before the next step. */
  readonly shouldPause: () => boolean
}

/**
 * Trains: collects sessions, rewards and filters their samples, learns from them, evaluates on
 * held-out tasks, and writes the run's folder. Equal options and code give equal metrics, byte for
 * byte, even if the run was killed and resumed.
 *
 * Evaluations come before steps 0, `every`, 2·`every` … (their figures are in those steps' metrics)
 * and after the last step. Steps in which every session failed end the run. Bad options are refused before anything is written; a new run that fails
 * in its first step leaves no folder behind.
 *
 * @returns the summary, the metrics, and whether the run finished or was paused by `signal` or
 * `maxMinutes`
 * @throws `IcrlError` of every code: what was wrong, where, and what to do.
 * @example
 * import { train, type TrainOptions } from '@icrl/trainer'
 * declare const parts: Pick<TrainOptions, 'recipe' | 'policies' | 'roles' | 'tasks'>
 * const { summary } = await train({
 *   ...parts,
 *   seed: 0,
 *   stop: { steps: 100 },
 *   optimizer: { learningRate: 1e-6, clipNorm: 1 },
 *   directory: 'runs/first',
 *   onStep: ({ step, metrics }) => console.log(step, metrics['accuracy/first']),
 * })
 * console.log(summary.tokens_sampled)
 */
export async function train<T extends Task>(options: TrainOptions<T>): Promise<TrainResult> {
  checkDisposal()
  checkTrainOptions(options)
  const { resume = false, maxMinutes = Infinity, signal } = options
  const store = storeOf(options)
  await using folder = await store?.open({ config: await runConfig(options), resume })
  const watch = startStopwatch()
  const metrics: Metrics[] = []
  let state = initialState()
  try {
    await using roles = await resolveRoles(options)
    const order = createDataOrder(options.tasks, options.seed)
    if (folder?.checkpoint) state = await restore(options, roles, folder, folder.checkpoint)
    checkStop(options, state)
    await using ahead = aheadOf(options, roles, state)
    if (folder && resume) for (const line of await folder.rewind()) metrics.push(line)
    if (resume) await folder?.writeConfig()
    if (folder?.checkpoint && !isDone(options, state))
      await folder.writeSummary(await summarize(options, state, metrics, false))
    const replay = replayBuffer(options.recipe)
    if (folder)
      for (const step of replay.needed(state.step)) replay.add(step, await folder.readSamples(step))
    options.onStart?.({
      directory: store?.directory,
      step: state.step,
      resumed: folder?.checkpoint !== undefined,
      metrics: [...metrics],
    })
    const shouldPause = (): boolean => signal?.aborted === true || watch.total() > maxMinutes * 60
    const idle = idleSteps(options, metrics)
    const run: Run<T> = { options, roles, order, ahead, folder, metrics, replay, idle, shouldPause }
    const before = state.wallSeconds
    const clock = (): number => before + watch.total()
    while (!isDone(options, state) && !shouldPause()) {
      const next = await unlessAborted(options, () =>
        unlessIdle(`train: step ${state.step}`, advance(run, state, clock)),
      )
      if (!next) break
      state = next
    }
    if (isDone(options, state)) idle.atEnd()
    const finished =
      isDone(options, state) &&
      (await unlessAborted(options, () =>
        unlessIdle(`train: the end after step ${state.step - 1}`, finish(run, state, clock)).then(
          (last) => (state = last),
        ),
      )) !== undefined
    if (!finished) {
      state = { ...state, wallSeconds: clock() }
      const paused = { ...run, options: pausing(options) }
      await unlessAborted(options, () => saveCheckpoint(paused, state))
    }
    return { summary: await summarize(options, state, metrics, finished), metrics, finished }
  } catch (error) {
    if (metrics.length === 0 && !resume) await folder?.discard()
    throw error
  }
}

/**
 * Refuses a browser that cannot dispose of objects: without the two symbols snapshots and locks
 * would never be freed.
 *
 * @throws `unsupported`
 */
function checkDisposal(): void {
  if (Symbol.dispose !== undefined && Symbol.asyncDispose !== undefined) return
  throw new IcrlError('train: Symbol.asyncDispose is missing in this browser.', {
    code: 'unsupported',
    remedy:
      'Define the symbols before anything is imported: for (const name of ["dispose", "asyncDispose"]) Symbol[name] ??= Symbol.for(`Symbol.${name}`).',
  })
}

/** Where the run keeps its files; undefined if nothing is written. */
function storeOf<T extends Task>({
  folder,
  directory,
}: Pick<TrainOptions<T>, 'folder' | 'directory'>): RunStore | undefined {
  return folder ?? (directory === undefined ? undefined : runFolder(directory))
}

function aheadOf<T extends Task>(
  options: TrainOptions<T>,
  roles: ResolvedRoles,
  state: TrainState,
): Ahead | undefined {
  const { staleness = 0 } = options.asynchronous ?? {}
  if (staleness === 0 || isDone(options, state)) return undefined
  return runAhead({ options, roles, staleness, state })
}

function initialState(): TrainState {
  return {
    step: 0,
    data: { position: 0 },
    tokens: 0,
    lastTokens: 0,
    evaluations: [],
    wallSeconds: 0,
  }
}

async function restore<T extends Task>(
  options: TrainOptions<T>,
  roles: ResolvedRoles,
  folder: OpenedRun,
  checkpoint: Checkpoint,
): Promise<TrainState> {
  await restorePolicies(options, roles, checkpoint.step, async (step) => {
    const stored = step === checkpoint.step ? checkpoint : await folder.readCheckpoint(step)
    await stored.load(options.policies)
  })
  return decodeState(checkpoint.state)
}

/**
 * Refuses to end a run before steps that it has done.
 *
 * @throws `run-conflict`
 */
function checkStop<T extends Task>(
  options: TrainOptions<T>,
  { step, tokens, lastTokens }: TrainState,
): void {
  const before = { step: step - 1, tokens: tokens - lastTokens }
  if (step === 0 || !isDone(options, before)) return
  const [[rule, end]] = Object.entries(options.stop)
  throw new IcrlError(
    `train: stop.${rule} is ${end}, and the run has done ${step} steps with ${tokens} tokens.`,
    {
      code: 'run-conflict',
      remedy: 'Resume it with the same end or a later one, or begin a new run in another folder.',
    },
  )
}

/** Makes one step, with the evaluation before it if one is due, and commits it to the folder. */
async function advance<T extends Task>(
  run: Run<T>,
  state: TrainState,
  clock: () => number,
): Promise<TrainState> {
  const { roles, order, ahead, folder, metrics, replay } = run
  const { step } = state
  const options = optionsAt(run.options, step)
  // What is under way may be scoring with the references that are renewed.
  if (syncSteps(options, step).includes(step)) await ahead?.settled()
  await roles.sync(step)
  await ahead?.begin(state)
  const every = evaluationInterval(options)
  const watch = startStopwatch()
  const memory = recipeMemory(options.recipe.name, state.memory)
  const evaluated =
    every !== undefined && step % every === 0 ? await evaluateRun(run, state, memory) : state
  const evaluation = evaluated === state ? undefined : evaluated.evaluations.at(-1)!.metrics
  const result = await trainStep({
    options,
    roles,
    step,
    collect: () =>
      ahead?.take(step) ??
      collectStep({
        options,
        step,
        roles,
        scorers: options.policies,
        order,
        data: state.data,
        memory,
      }),
    tokens: state.tokens,
    evaluation,
    evaluationSeconds: evaluation ? watch.total() : 0,
    memory,
    replay,
  })
  const next: TrainState = {
    ...evaluated,
    step: step + 1,
    data: result.data,
    tokens: state.tokens + result.generated,
    lastTokens: result.generated,
    memory: memory.get(),
    wallSeconds: clock(),
  }
  await folder?.writeSamples(step, result.samples, options)
  await folder?.commitStep(result.metrics, result.timing)
  metrics.push(result.metrics)
  const due =
    next.step % checkpointInterval(options) === 0 ||
    syncSteps(options, next.step).includes(next.step)
  if (due && !isDone(options, next)) await saveCheckpoint(run, next)
  if (evaluation) await folder?.writeSummary(await summarize(options, next, metrics, false))
  options.onStep?.({
    step,
    metrics: result.metrics,
    timing: result.timing,
    sessions: result.sessions,
    samples: result.samples,
  })
  run.idle.after(result.sessions)
  return next
}

/** Runs the last evaluation, and writes the last checkpoint, the model and the summary. */
async function finish<T extends Task>(
  run: Run<T>,
  state: TrainState,
  clock: () => number,
): Promise<TrainState> {
  const { options, roles, ahead, folder, metrics } = run
  await ahead?.drop()
  await roles.sync(state.step)
  const memory = recipeMemory(options.recipe.name, state.memory)
  const evaluated =
    evaluationInterval(options) === undefined ? state : await evaluateRun(run, state, memory)
  const last = { ...evaluated, wallSeconds: clock() }
  await saveCheckpoint(run, state)
  if (canSave(options)) await folder?.writeModel(state.step, options.policies)
  await folder?.writeSummary(await summarize(options, last, metrics, true))
  return last
}

/** The options with the recipe of a step: of a curriculum, that of its stage. */
function optionsAt<T extends Task>(options: TrainOptions<T>, step: number): TrainOptions<T> {
  return { ...options, recipe: runRecipeAt(options, step) }
}

async function evaluateRun<T extends Task>(
  { roles, folder, ...run }: Run<T>,
  state: TrainState,
  memory: RecipeMemory,
): Promise<TrainState> {
  const { step, tokens } = state
  const options = optionsAt(run.options, step)
  const { metrics, lines } = await evaluate({ options, roles, step, memory })
  await folder?.writeEvaluation(step, lines)
  options.onEvaluation?.({ step, metrics })
  return { ...state, evaluations: [...state.evaluations, { step, tokens, metrics }] }
}

/** The result of the work; undefined if it ended because the run was told to stop. */
async function unlessAborted<T extends Task, Result>(
  { signal }: TrainOptions<T>,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work()
  } catch (error) {
    if (signal?.aborted && isAbort(error, signal)) return undefined
    throw error
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || isIcrlError(error, 'aborted')
}

function isDone<T extends Task>(
  { stop }: TrainOptions<T>,
  { step, tokens }: Pick<TrainState, 'step' | 'tokens'>,
): boolean {
  return 'steps' in stop ? step >= stop.steps : tokens >= stop.tokens
}

/** A run that pauses leaves a checkpoint behind, even one that keeps none while it goes on. */
function pausing<T extends Task>(options: TrainOptions<T>): TrainOptions<T> {
  const { keep = 3, ...checkpoints } = options.checkpoints ?? {}
  return { ...options, checkpoints: { ...checkpoints, keep: Math.max(1, keep) } }
}

/** Writes a checkpoint, if the run keeps any and its policies can be saved. */
async function saveCheckpoint<T extends Task>(
  { options, ahead, folder }: Pick<Run<T>, 'options' | 'ahead' | 'folder'>,
  state: TrainState,
): Promise<void> {
  const { policies, checkpoints: { keep = 3 } = {} } = options
  if (!folder || keep === 0 || !canSave(options)) return
  await folder.writeCheckpoint({
    step: state.step,
    state: encodeState(ahead ? { ...state, ahead: await ahead.stored() } : state),
    policies,
    keep,
    needs: (step) => [...syncSteps(options, step), ...extendedFrom(options, step)],
  })
}

function canSave<T extends Task>({ policies }: TrainOptions<T>): boolean {
  return Object.values(policies).every(({ capabilities }) => capabilities.has('save'))
}
