import { relative, resolve } from 'node:path'
import type { BackendChoice } from '@icrl/backbone'
import { rolloutCorrection } from '@icrl/calibration'
import {
  IcrlError,
  type Correction,
  type Json,
  type Policy,
  type Recipe,
  type Renderer,
  type Task,
} from '@icrl/core'
import { resizeRecipe, type StepSize } from '@icrl/recipes'
import { chatRenderer, type ChatTokenizer } from '@icrl/renderer'
import type { EvaluationOptions, EvaluationSet, RunRole, TrainOptions } from '@icrl/trainer'
import { isHubName } from '../hub/hub-name.ts'
import { adaptersOver } from './adapters-over.ts'
import { dataOf, inFolderOf } from './config-folder.ts'
import type { Deferred, RunConfig, RunConfigEvaluation, TaskSource } from './define-run.ts'
import type { LoadedConfig, StoredCommand } from './load-run-config.ts'
import {
  adamOf,
  disposePolicy,
  engineRecord,
  recordOf,
  openEngine,
  type OpenedEngine,
  slashed,
  storedPath,
  vocabularyOf,
} from './open-engine.ts'
import { readTasks } from './read-tasks.ts'
import { rendererRecord } from './renderer-record.ts'

/** Settings of the command line that replace those of the configuration. */
export interface RunOverrides {
  /** In place of the configuration's `model`. */
  readonly model?: string
  /** In place of its `backend`. */
  readonly backend?: RunConfig['backend']
  /** In place of its `seed`. */
  readonly seed?: number
  /** Ends after so many steps, in place of its `stop`. */
  readonly steps?: number
  /** Ends with so many sampled training tokens, in place of its `stop`. */
  readonly tokens?: number
  /** In place of its `concurrency`. */
  readonly concurrency?: number
  /** Of a schedule: its peak. */
  readonly learningRate?: number
  /** In place of the recipe's. */
  readonly tasksPerStep?: number
  /** In place of the recipe's. */
  readonly sessionsPerTask?: number
  /** Of every role that the model answers. */
  readonly maxTokens?: number
  /** Of every role that the model answers. */
  readonly temperature?: number
}

/** A run, ready to train. */
export interface BuiltRun extends AsyncDisposable {
  /** What `train` takes. */
  readonly options: TrainOptions
  /** The model's folder, or the name of the function that made the engine. */
  readonly model: string
  /** The model, ready to sample and to learn. */
  readonly policy: Policy
  /** Writes conversations as ids of the model's chat template. */
  readonly renderer: Renderer
  /** The model's own. */
  readonly tokenizer: ChatTokenizer
  /** The most tokens of a prompt and its answer together. */
  readonly contextLength: number
  /** Missing where the configuration's own engine computes elsewhere. */
  readonly backend?: BackendChoice
}

/** Name of the one policy, as `@icrl/recipes` calls it. */
const SHARED = 'shared'

/**
 * Builds what a configuration describes: renderer, recipe, tasks, then backend and model. An engine
 * that the configuration makes itself comes first.
 *
 * @param directory the run's folder; stored paths are relative to it
 * @throws the errors of every part; `vocabulary-mismatch` if the tokenizer knows more ids than the
 * model
 * @example
 * import { train } from '@icrl/trainer'
 *
 * await using run = await buildRun(await loadRunConfig('run.ts'), 'runs/first', { steps: 10 })
 * const { summary } = await train({ ...run.options, directory: 'runs/first' })
 */
export async function buildRun(
  loaded: LoadedConfig,
  directory: string,
  overrides: RunOverrides = {},
): Promise<BuiltRun> {
  const config = withOverrides(loaded.config, overrides)
  const { file } = loaded
  const { model } = overrides
  const opened = await inFolderOf(file, () => openEngine({ config, file, directory, model }))
  try {
    const provenance = {
      file,
      source: sourceOf(loaded, directory),
      overrides: JSON.parse(
        JSON.stringify({ ...overrides, ...(model && { model: storedPath(model, directory) }) }),
      ) as Json,
    }
    const sized = stepSizeOf(overrides)
    return await inFolderOf(file, () => assemble(config, opened, sized, provenance))
  } catch (error) {
    await opened.abandon()
    throw error
  }
}

/** Where a configuration lies, and what replaces parts of it: what `loadStoredRun` reads. */
interface Provenance {
  readonly file: string
  readonly source: Json
  readonly overrides: Json
}

async function assemble(
  config: RunConfig,
  opened: OpenedEngine,
  size: StepSize,
  { file, source, overrides }: Provenance,
): Promise<BuiltRun> {
  const { tokenizer, contextLength } = opened
  const { renderer, recipe, tasks, evaluation } = await describe(config, opened, size)
  const data = dataOf(file)
  const { policy, backend } = await opened.policy()
  checkVocabulary(renderer, policy, opened.name)
  const policies = { [SHARED]: policy, ...adaptersOver(policy, config) }
  const { learningRate, clipNorm = 1 } = config.optimizer
  return {
    model: opened.name,
    policy,
    renderer,
    tokenizer,
    contextLength,
    backend,
    options: {
      recipe,
      tasks,
      evaluation,
      policies,
      roles: rolesOf(config, renderer, Object.keys(policies)),
      references: config.references,
      skipNonFinite: config.skipNonFinite,
      asynchronous: config.asynchronous,
      correction: correctionOf(config, Object.values(policies)),
      seed: config.seed ?? 0,
      stop: config.stop,
      optimizer: { learningRate, ...(clipNorm > 0 && { clipNorm }) },
      concurrency: config.concurrency,
      sessionTimeoutMs: config.sessionTimeoutMs,
      maxFailedSteps: config.maxFailedSteps,
      checkpoints: config.checkpoints,
      config: {
        source,
        ...(data && { data: recordOf(data) }),
        model: opened.record,
        ...backendRecord(backend),
        adam: recordOf(adamOf(config)),
        renderer: rendererRecord(config.renderer),
        engine: engineRecord(config),
        ...(config.adapters && { adapters: recordOf(config.adapters) }),
      },
      launch: { overrides },
      platform: platformOf(backend),
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of Object.values(policies)) await disposePolicy(each)
    },
  }
}

/** The correction of a run that may learn from samples of other weights or engines. */
function correctionOf(
  { asynchronous, correction }: RunConfig,
  policies: readonly Policy[],
): Correction | undefined {
  if (correction !== undefined) return correction ? rolloutCorrection(correction) : undefined
  const isElsewhere = policies.some(({ capabilities }) => capabilities.has('other-sampler'))
  return isElsewhere || (asynchronous?.staleness ?? 0) > 0 ? rolloutCorrection() : undefined
}

/** What a configuration says apart from the policy: no weight has to be read for it. */
export interface DescribedRun {
  readonly config: RunConfig
  readonly engine: OpenedEngine
  readonly renderer: Renderer
  readonly recipe: Recipe
  readonly tasks: readonly Task[]
  readonly evaluation?: EvaluationOptions
}

/**
 * Resolves a configuration as far as that needs no weights: its model's files are looked at, recipe
 * and tasks are made.
 *
 * @throws the errors of every part
 */
export async function describeRun(
  loaded: LoadedConfig,
  overrides: RunOverrides = {},
): Promise<DescribedRun> {
  const config = withOverrides(loaded.config, overrides)
  const { file } = loaded
  const source = { config, file, directory: '.', model: overrides.model }
  const engine = await inFolderOf(file, () => openEngine(source))
  const parts = await inFolderOf(file, () => describe(config, engine, stepSizeOf(overrides)))
  return { config, engine, ...parts }
}

async function describe(
  config: RunConfig,
  { tokenizer, contextLength }: OpenedEngine,
  size: StepSize,
): Promise<Omit<DescribedRun, 'config' | 'engine'>> {
  const renderer = chatRenderer({ ...config.renderer, tokenizer })
  const written: Recipe = await valueOf(config.recipe, { renderer, tokenizer, contextLength })
  const recipe = Object.keys(size).length > 0 ? resizeRecipe(written, size) : written
  const tasks = await tasksFrom(config.tasks)
  const evaluation = config.evaluation && (await evaluationOf(config.evaluation))
  return { renderer, recipe, tasks, evaluation }
}

async function evaluationOf(evaluation: RunConfigEvaluation): Promise<EvaluationOptions> {
  if (!evaluation.sets) return { ...evaluation, tasks: await tasksFrom(evaluation.tasks) }
  const sets: Record<string, EvaluationSet> = {}
  for (const [name, set] of Object.entries(evaluation.sets))
    sets[name] = { ...set, tasks: await tasksFrom(set.tasks) }
  return { ...evaluation, sets }
}

async function tasksFrom(source: TaskSource): Promise<readonly Task[]> {
  return typeof source === 'string' ? readTasks(source) : valueOf(source)
}

function sourceOf({ file, sha256, command, storedAs }: LoadedConfig, directory: string): Json {
  return {
    file: storedAs ?? (isHubName(file) ? file : slashed(relative(resolve(directory), file))),
    sha256,
    ...(command && { command: commandOf(command, directory) }),
  }
}

/** A model that a flag names, relative to the run's folder. */
function commandOf({ name, flags }: StoredCommand, directory: string): Json {
  const { model } = flags as { readonly model?: string }
  return {
    name,
    flags: { ...(flags as object), ...(model && { model: storedPath(model, directory) }) },
  }
}

function withOverrides(
  config: RunConfig,
  { seed, steps, tokens, concurrency, backend, learningRate, maxTokens, temperature }: RunOverrides,
): RunConfig {
  const sampling = {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
  }
  const { optimizer, roles } = config
  const rate = optimizer.learningRate
  return {
    ...config,
    ...(seed !== undefined && { seed }),
    ...(backend !== undefined && { backend }),
    ...(steps !== undefined && { stop: { steps } }),
    ...(tokens !== undefined && { stop: { tokens } }),
    ...(concurrency !== undefined && { concurrency }),
    ...(learningRate !== undefined && {
      optimizer: {
        ...optimizer,
        learningRate: typeof rate === 'number' ? learningRate : { ...rate, peak: learningRate },
      },
    }),
    roles: Object.fromEntries(
      Object.entries(roles).map(([name, role]) => [
        name,
        role.by ? role : { ...role, sampling: { ...role.sampling, ...sampling } },
      ]),
    ),
  }
}

function stepSizeOf({ tasksPerStep, sessionsPerTask }: RunOverrides): StepSize {
  return {
    ...(tasksPerStep !== undefined && { tasksPerStep }),
    ...(sessionsPerTask !== undefined && { sessionsPerTask }),
  }
}

function rolesOf(
  { roles }: RunConfig,
  renderer: Renderer,
  policies: readonly string[],
): Record<string, RunRole> {
  return Object.fromEntries(
    Object.entries(roles).map(([role, { sampling, by, policy = SHARED }]) => {
      if (!policies.includes(policy))
        throw new IcrlError(`roles.${role}.policy names the policy "${policy}".`, {
          code: 'invalid-option',
          remedy: `Policies are: ${policies.join(', ')}. Give it as one of \`adapters\`.`,
        })
      return [role, { renderer, sampling, ...(by ? { by } : { policy }) }]
    }),
  )
}

/** @throws `vocabulary-mismatch` if the tokenizer knows more ids than the model */
export function checkVocabulary(renderer: Renderer, policy: Policy, model: string): void {
  const known = vocabularyOf(policy)
  if (known === undefined || renderer.vocabularySize <= known) return
  throw new IcrlError(
    `${model}: the tokenizer knows ${renderer.vocabularySize} ids, the model ${known}.`,
    { code: 'vocabulary-mismatch', remedy: 'Use the tokenizer that belongs to the model.' },
  )
}

async function valueOf<Value, Input>(
  deferred: Deferred<Value, Input>,
  ...input: Input extends void ? [] : [Input]
): Promise<Value> {
  return typeof deferred === 'function'
    ? (deferred as (...given: unknown[]) => Value | Promise<Value>)(...input)
    : deferred
}

/**
 * What a run's record says of its backend, and a resumed run must say again: where machines of
 * another architecture have other bits, the architecture too.
 */
export function backendRecord(backend: BackendChoice | undefined): Record<string, Json> {
  const { name = null, generation } = backend ?? {}
  return { backend: name, ...(generation !== undefined && { architecture: generation }) }
}

/** What a summary says about the machine: the backend and, if it says it, its instruction set. */
export function platformOf(backend: BackendChoice | undefined): TrainOptions['platform'] {
  return (
    backend && { backend: backend.name, ...(backend.isa !== undefined && { isa: backend.isa }) }
  )
}
