import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { IcrlError, type Policy, type Renderer } from '@icrl/core'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import type { RunConfig } from './define-run.ts'
import { loadWithProgress } from '../progress/load-with-progress.ts'
import { modelFolder } from '../hub/model-folder.ts'
import { disposePolicy, openEngine } from './open-engine.ts'
import { isMadeRun, loadStoredRun, storedRenderer, storedWeights } from './stored-run.ts'

/** Options of {@link openModel}. */
export interface OpenModelOptions {
  /**
   * What computes it.
   *
   * @defaultValue the run's own for an engine that its configuration makes, else `auto`
   */
  readonly backend?: string
  /** For a run: the step of the checkpoint whose weights are used. */
  readonly checkpoint?: number
  /** Qwen3's switch. */
  readonly enableThinking?: boolean
}

/** A model with its weights, ready to answer. */
export interface OpenedModel extends AsyncDisposable {
  /** The folder of its weights. */
  readonly name: string
  /** Whether a run trained it, rather than that it is a model's own folder. */
  readonly isRun: boolean
  readonly policy: Policy
  readonly renderer: Renderer
  readonly contextLength: number
}

/**
 * Opens the model of a Hugging Face folder, of the hub's cache or of a run, which renders as the run did. A run whose configuration makes the engine
 * itself is opened by that function, and loads the run's weights.
 *
 * @throws the errors of reading them; `unsupported` if the run's engine cannot load weights
 */
export async function openModel(
  path: string,
  { backend, checkpoint, enableThinking }: OpenModelOptions,
): Promise<OpenedModel> {
  const found = await modelFolder(path, '.')
  if (checkpoint === undefined && (await isModel(found)))
    return openFolder(found === resolve(path) ? path : found, { backend, enableThinking })
  if (await isMadeRun(path)) return openRun(path, { backend, checkpoint, enableThinking })
  const { folder } = await storedWeights(path, checkpoint)
  const opened = await openFolder(folder, { backend, enableThinking }, await storedRenderer(path))
  return { ...opened, isRun: true }
}

/**
 * The folder of the weights that a path means: a Hugging Face folder's, the hub's, or a run's.
 *
 * @throws as `openModel`
 */
export async function trainedFolder(path: string, checkpoint?: number): Promise<string> {
  const found = await modelFolder(path, '.')
  if (checkpoint === undefined && (await isModel(found))) return found
  return (await storedWeights(path, checkpoint)).folder
}

async function openFolder(
  folder: string,
  { backend = 'auto', enableThinking }: OpenModelOptions,
  stored: RunConfig['renderer'] = {},
): Promise<OpenedModel> {
  const renderer = chatRenderer({
    ...stored,
    ...(enableThinking !== undefined && { enableThinking }),
    tokenizer: await loadTokenizer(folder),
  })
  await selectBackend(backend)
  const policy = await loadWithProgress((onProgress) => loadLocalPolicy(folder, { onProgress }))
  return {
    name: folder,
    isRun: false,
    policy,
    renderer,
    contextLength: policy.config.contextLength,
    [Symbol.asyncDispose]: () => disposePolicy(policy),
  }
}

async function openRun(
  run: string,
  { backend, checkpoint, enableThinking }: OpenModelOptions,
): Promise<OpenedModel> {
  const { loaded, overrides } = await loadStoredRun(run)
  const { seed = loaded.config.seed } = overrides
  const config = {
    ...loaded.config,
    seed,
    backend: backend ?? overrides.backend ?? loaded.config.backend,
  }
  const opened = await openEngine({ config, file: loaded.file, directory: run })
  const { policy } = await opened.policy()
  const dispose = (): Promise<void> => disposePolicy(policy)
  try {
    requireSave(policy, opened.name, run)
    const { folder } = await storedWeights(run, checkpoint)
    const options = { ...config.renderer, ...(enableThinking !== undefined && { enableThinking }) }
    const renderer = chatRenderer({ ...options, tokenizer: opened.tokenizer })
    await policy.load(folder)
    return {
      name: folder,
      isRun: true,
      policy,
      renderer,
      contextLength: opened.contextLength,
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/**
 * Refuses what needs stored weights, for an engine that has none.
 *
 * @throws `unsupported` naming the engine
 */
export function requireSave({ capabilities }: Policy, engine: string, run: string): void {
  if (capabilities.has('save')) return
  throw new IcrlError(
    `${run}: the engine ${engine} keeps no weights: its policy lacks the capability save.`,
    {
      code: 'unsupported',
      remedy: 'Give the policy save and load, or use the engine’s own tools for its weights.',
    },
  )
}

/** A run's folder has a `config.json` too, but no tokenizer. */
async function isModel(folder: string): Promise<boolean> {
  return stat(join(folder, 'tokenizer.json')).then(
    () => true,
    () => false,
  )
}
