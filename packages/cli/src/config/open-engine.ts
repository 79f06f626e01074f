import { readdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type AdamWSettings,
  type BackendChoice,
  baseFolderOf,
  loadLocalPolicy,
  LocalPolicy,
  type ModelConfig,
  readModelConfig,
  selectBackend,
} from '@icrl/backbone'
import { IcrlError, isIcrlError, type Json, type Policy } from '@icrl/core'
import { type ChatTokenizer, loadTokenizer } from '@icrl/renderer'
import { loadWithProgress } from '../progress/load-with-progress.ts'
import type { RunConfig } from './define-run.ts'
import type { LoadedConfig } from './load-run-config.ts'
import { modelFolder } from '../hub/model-folder.ts'
import type { Engine, PolicyFactory } from './policy-factory.ts'

/** A policy on the backend it computes on, if one was selected for it. */
export interface RunningPolicy {
  readonly policy: Policy
  readonly backend?: BackendChoice
}

/** A run's model, opened as far as its renderer and its recipe need it. */
export interface OpenedEngine {
  /** The model's folder, or the name of the function that made the engine. */
  readonly name: string
  readonly tokenizer: ChatTokenizer
  readonly contextLength: number
  /** The model that a folder holds; absent where a function makes the engine. */
  readonly model?: ModelConfig
  /** What the run's `config.json` says of the model, and a resumed run must say again. */
  readonly record: Json
  /** The policy; the weights of a folder are read here. The caller disposes of it. */
  policy(): Promise<RunningPolicy>
  /** Frees what was opened, if nothing comes of it. */
  abandon(): Promise<void>
}

/** What of a configuration an engine is made of. */
export type EngineConfig = Pick<
  RunConfig,
  'model' | 'backend' | 'backendLoaders' | 'engine' | 'optimizer' | 'seed'
>

/** What a run's engine is made of: its configuration, and `--model` in place of what that says. */
export interface EngineSource {
  readonly config: EngineConfig
  readonly file: LoadedConfig['file']
  /** The run's folder: a model's absolute path is stored relative to it. */
  readonly directory: string
  /** A folder, or a model of the hub: `hf:owner/name`. */
  readonly model?: string
}

/**
 * Opens the model of a configuration: a folder, or whatever its factory makes.
 *
 * @throws `missing-file` and the errors of reading a model; `unavailable` if the factory fails,
 * `invalid-option` if it answers no engine or if the configuration sets what only a folder's engine
 * reads
 */
export async function openEngine({
  config,
  file,
  directory,
  model,
}: EngineSource): Promise<OpenedEngine> {
  if (model === undefined && typeof config.model === 'function')
    return madeEngine(config, config.model)
  const written = model ?? (config.model as string)
  const folder = await modelFolder(written, model === undefined ? dirname(file) : '.')
  const files = await modelFiles(folder)
  const read = await readModelConfig(await baseFolderOf(folder))
  let loaded: Policy | undefined
  return {
    name: folder,
    tokenizer: await loadTokenizer(folder),
    contextLength: read.contextLength,
    model: read,
    record: { path: storedPath(written, directory), files },
    policy: async () => {
      const backend = await backendOf(config)
      loaded = await loadWithProgress((onProgress) =>
        loadLocalPolicy(folder, { ...config.engine, optimizer: adamOf(config), onProgress }),
      )
      return { policy: loaded, backend }
    },
    abandon: async () => loaded && disposePolicy(loaded),
  }
}

async function madeEngine(config: EngineConfig, factory: PolicyFactory): Promise<OpenedEngine> {
  const name = factory.name || 'anonymous'
  refuseFolderOptions(config, name)
  const backend = config.backend && (await backendOf(config))
  const engine = await answerOf(name, factory, config.seed ?? 0)
  try {
    checkEngine(name, engine)
  } catch (error) {
    await disposePolicy(engine?.policy)
    throw error
  }
  const { policy, tokenizer, contextLength, description } = engine
  return {
    name,
    tokenizer,
    contextLength,
    record: { factory: name, ...(description !== undefined && { description }) },
    policy: async () => ({ policy, ...(backend && { backend }) }),
    abandon: () => disposePolicy(policy),
  }
}

/** A path as a run's folder stores it, so that both can be moved together. */
export function storedPath(path: string, directory: string): string {
  return isAbsolute(path) ? slashed(relative(resolve(directory), path)) : path
}

/** With the separators of every system. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}

/** Disposes of a policy that can be disposed of. */
export async function disposePolicy(policy: Policy | undefined): Promise<void> {
  const { [Symbol.asyncDispose]: dispose } = (policy ?? {}) as Partial<AsyncDisposable>
  await dispose?.call(policy)
}

/** How many ids a policy's model knows, if it says so. */
export function vocabularyOf(policy: Policy): number | undefined {
  return policy instanceof LocalPolicy ? policy.config.vocabularySize : undefined
}

/** AdamW's settings apart from what each step is told. */
export function adamOf({ optimizer }: Pick<RunConfig, 'optimizer'>): AdamWSettings {
  const { learningRate: _, clipNorm: __, ...adam } = optimizer
  return adam
}

/** What a run's record says of the engine's options. */
export function engineRecord({ engine = {} }: Pick<RunConfig, 'engine'>): Json {
  return recordOf(engine)
}

/** Options as JSON, without those that are undefined. */
export function recordOf(options: object): Json {
  return JSON.parse(JSON.stringify(options)) as Json
}

async function backendOf({ backend, backendLoaders }: EngineConfig): Promise<BackendChoice> {
  return selectBackend(backend, { loaders: backendLoaders })
}

/** What a factory makes, it also sets up: an option it is not told of would have no effect. */
function refuseFolderOptions(config: EngineConfig, name: string): void {
  const without = [
    ...(config.engine === undefined ? [] : ['engine']),
    ...Object.keys(adamOf(config)).map((key) => `optimizer.${key}`),
  ]
  if (without.length === 0) return
  throw new IcrlError(
    `${without.join(', ')}: without effect, because the function ${name} in \`model\` makes the engine.`,
    { code: 'invalid-option', remedy: 'Give them to the engine that the function makes.' },
  )
}

async function answerOf(name: string, factory: PolicyFactory, seed: number): Promise<Engine> {
  try {
    return await factory({ seed })
  } catch (cause) {
    if (isIcrlError(cause)) throw cause
    throw new IcrlError(
      `model: the function ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { code: 'unavailable', remedy: 'Look at the function in the configuration.', cause },
    )
  }
}

function checkEngine(name: string, engine: Engine): void {
  const refuse = (what: string): IcrlError =>
    new IcrlError(`model: the function ${name} returned ${what}.`, {
      code: 'invalid-option',
      remedy: 'Return { policy, tokenizer, contextLength, description? }.',
    })
  const { policy, tokenizer, contextLength, description } = engine ?? {}
  const lacks = (object: object | undefined, methods: readonly string[]): string | undefined =>
    methods.find((method) => typeof Reflect.get(Object(object), method) !== 'function')
  const missing = lacks(policy, ['sample', 'score', 'accumulate', 'step'])
  if (missing !== undefined) throw refuse(`a policy without ${missing}()`)
  if (!(policy.capabilities instanceof Set)) throw refuse('a policy without a set of capabilities')
  const unread = lacks(tokenizer, ['encode', 'decode', 'spell', 'isSpecial'])
  if (unread !== undefined) throw refuse(`a tokenizer without ${unread}()`)
  if (!Number.isSafeInteger(contextLength) || contextLength < 1)
    throw refuse(`the contextLength ${contextLength}`)
  if (description !== undefined && !isJson(description))
    throw refuse('a description that is not JSON')
}

function isJson(value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value)
  } catch {
    // Cycles and BigInts have no JSON.
    return false
  }
}

/** Sizes of the model's files, to check that a resumed run starts from the same one. */
async function modelFiles(model: string): Promise<Json> {
  const names = await readdir(model).catch((cause: NodeJS.ErrnoException) => {
    const what = cause.code === 'ENOTDIR' ? `${model} is a file, not a folder` : undefined
    throw new IcrlError(`model: ${what ?? `there is no folder ${model}`}.`, {
      code: 'missing-file',
      remedy:
        'Give a Hugging Face folder (config.json, safetensors, tokenizer.json) or hf:owner/name: `model` in the configuration, or --model.',
      cause,
    })
  })
  const wanted = names.filter((name) => /\.(json|safetensors|jinja)$/.test(name)).sort()
  return Object.fromEntries(
    await Promise.all(wanted.map(async (name) => [name, (await stat(join(model, name))).size])),
  )
}
