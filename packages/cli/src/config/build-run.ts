import { readdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import {
  type BackendChoice,
  loadLocalPolicy,
  type LocalPolicy,
  selectBackend,
} from '@icrl/backbone'
import { IcrlError, type Json, type Recipe, type Renderer } from '@icrl/core'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import type { RunRole, TrainOptions } from '@icrl/trainer'
import type { Deferred, RunConfig } from './define-run.ts'
import type { LoadedConfig } from './load-run-config.ts'

/** Settings of the command line that replace those of the configuration. */
export interface RunOverrides {
  readonly model?: string
  readonly backend?: RunConfig['backend']
  readonly seed?: number
  readonly steps?: number
  readonly tokens?: number
}

/** A run, ready to train. */
export interface BuiltRun extends AsyncDisposable {
  readonly options: TrainOptions
  readonly policy: LocalPolicy
  readonly renderer: Renderer
  readonly backend: BackendChoice
}

/** Name of the one policy, as `@icrl/recipes` calls it. */
const SHARED = 'shared'

/**
 * Builds what a configuration describes: renderer, recipe, tasks, then backend and model.
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
  const model =
    overrides.model === undefined
      ? resolve(dirname(loaded.file), config.model)
      : resolve(overrides.model)
  const files = await modelFiles(model)
  const tokenizer = await loadTokenizer(model)
  const renderer = chatRenderer({ ...config.renderer, tokenizer })
  const recipe: Recipe = await valueOf(config.recipe, { renderer, tokenizer })
  const tasks = await valueOf(config.tasks)
  const evaluation = config.evaluation && {
    ...config.evaluation,
    tasks: await valueOf(config.evaluation.tasks),
  }
  const backend = await selectBackend(config.backend ?? 'auto', {
    loaders: config.backendLoaders,
  })
  const { learningRate, clipNorm = 1, ...adam } = config.optimizer
  const policy = await loadLocalPolicy(model, { ...config.engine, optimizer: adam })
  checkVocabulary(renderer, policy, model)
  return {
    policy,
    renderer,
    backend,
    options: {
      recipe,
      tasks,
      evaluation,
      policies: { [SHARED]: policy },
      roles: rolesOf(config, renderer),
      references: config.references,
      seed: config.seed ?? 0,
      stop: config.stop,
      optimizer: { learningRate, ...(clipNorm > 0 && { clipNorm }) },
      concurrency: config.concurrency,
      sessionTimeoutMs: config.sessionTimeoutMs,
      checkpoints: config.checkpoints,
      config: {
        source: sourceOf(loaded, directory, overrides),
        model: { path: config.model, files },
        backend: backend.name,
        adam: { ...adam },
        renderer: {
          template: config.renderer?.template ?? null,
          enableThinking: config.renderer?.enableThinking ?? null,
        },
        engine: { ...config.engine },
      },
      platform: platformOf(backend),
    },
    [Symbol.asyncDispose]: () => policy[Symbol.asyncDispose](),
  }
}

/** What `storedSource` reads. */
function sourceOf(
  { file, sha256, command, storedAs }: LoadedConfig,
  directory: string,
  overrides: RunOverrides,
): Json {
  return {
    file: storedAs ?? slashed(relative(resolve(directory), file)),
    sha256,
    overrides: JSON.parse(JSON.stringify(overrides)) as Json,
    ...(command && { command: { ...command } }),
  }
}

function withOverrides(
  config: RunConfig,
  { seed, steps, tokens, backend }: RunOverrides,
): RunConfig {
  return {
    ...config,
    ...(seed !== undefined && { seed }),
    ...(backend !== undefined && { backend }),
    ...(steps !== undefined && { stop: { steps } }),
    ...(tokens !== undefined && { stop: { tokens } }),
  }
}

function rolesOf({ roles }: RunConfig, renderer: Renderer): Record<string, RunRole> {
  return Object.fromEntries(
    Object.entries(roles).map(([role, { sampling, by }]) => [
      role,
      { renderer, sampling, ...(by ? { by } : { policy: SHARED }) },
    ]),
  )
}

/** Sizes of the model's files, to check that a resumed run starts from the same one. */
async function modelFiles(model: string): Promise<Json> {
  const names = await readdir(model).catch((cause: unknown) => {
    throw new IcrlError(`model: there is no folder ${model}.`, {
      code: 'missing-file',
      remedy:
        'Give a Hugging Face folder (config.json, safetensors, tokenizer.json): `model` in the configuration, or --model DIR.',
      cause,
    })
  })
  const wanted = names.filter((name) => /\.(json|safetensors|jinja)$/.test(name)).sort()
  return Object.fromEntries(
    await Promise.all(wanted.map(async (name) => [name, (await stat(join(model, name))).size])),
  )
}

function checkVocabulary(renderer: Renderer, policy: LocalPolicy, model: string): void {
  const { vocabularySize } = policy.config
  if (renderer.vocabularySize <= vocabularySize) return
  throw new IcrlError(
    `${model}: the tokenizer knows ${renderer.vocabularySize} ids, the model ${vocabularySize}.`,
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

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}

/** What a summary says about the machine: the backend and, if it says it, its instruction set. */
function platformOf({ name, isa }: BackendChoice): { backend: string; isa?: string } {
  return { backend: name, ...(isa !== undefined && { isa }) }
}
