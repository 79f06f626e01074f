import { IcrlError, nearestMatch } from '@icrl/core'
import { currentBackendFacts } from '@icrl/tfjs-ops'
import { findBackendFactory, getBackend } from '@tensorflow/tfjs-core'
import {
  BACKEND_LOADERS,
  type BackendLoader,
  type BackendName,
  backendRemedy,
  explainCuda,
  firstLine,
  loadTensorflowForGpu,
  makeCurrent,
} from './load-backend.ts'

/** Which backend was chosen, and which ones were tried before it. */
export interface BackendChoice {
  /** The backend that was chosen. */
  readonly name: string
  /** Why each earlier one of the list was passed over. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[]
  /** The vector instructions or the architecture of its kernels, if the backend says it. */
  readonly isa?: string
  /** The generation of machines that has its bits, where others have other bits. */
  readonly generation?: string
  /** A line for the user if the chosen backend is slow, or slower here than it could be. */
  readonly notice?: string
}

/** Options of {@link selectBackend}. */
export interface SelectBackendOptions {
  /** Loaders of further backends by name, or in place of a known one. @defaultValue none */
  readonly loaders?: Readonly<Record<string, BackendLoader>>
  /**
   * What `auto` tries, best first. What `native-cuda` finds is said, but it is not taken unless it
   * is named.
   *
   * @defaultValue `tensorflow` if it finds a GPU, `native-cpu`, `cpu`
   */
  readonly order?: readonly string[]
}

const ORDER: readonly BackendName[] = ['tensorflow', 'native-cuda', 'native-cpu', 'cpu']

/**
 * Makes a TensorFlow.js backend the current one. `auto` takes the first of `order` that loads; a
 * name takes that or fails. A name may be a known one ({@link BackendName}), one of `loaders`, or
 * one that a package of yours has registered with TensorFlow.js.
 *
 * @throws IcrlError `unavailable`, saying what to install, or that a loader did not make its
 * backend the current one; `invalid-option` for a name that nothing loads.
 *
 * @example
 * const { name, passedOver } = await selectBackend('auto')
 */
export async function selectBackend(
  // `string & {}` keeps the known names in an editor's list.
  name: BackendName | 'auto' | (string & {}) = 'auto',
  { loaders = {}, order = ORDER }: SelectBackendOptions = {},
): Promise<BackendChoice> {
  const all = { ...BACKEND_LOADERS, ...loaders }
  if (name !== 'auto') return selectNamed(name, all)
  return selectFirst(order, {
    ...all,
    'native-cuda': loaders['native-cuda'] ?? explainCuda,
    tensorflow: loaders.tensorflow ?? loadTensorflowForGpu,
  })
}

type Loaders = Readonly<Record<string, BackendLoader>>

async function selectFirst(order: readonly string[], loaders: Loaders): Promise<BackendChoice> {
  const passedOver: { name: string; reason: string }[] = []
  let withoutNative: unknown
  for (const name of order) {
    const load = loaderOf(name, loaders)
    try {
      await loadAs(name, load)
      const slow = name === 'cpu' && withoutNative !== undefined
      return { ...chosen(name, passedOver), ...(slow && { notice: slowNotice(withoutNative) }) }
    } catch (error) {
      if (name === 'native-cpu') withoutNative = error
      passedOver.push({ name, reason: firstLine(error) })
    }
  }
  throw new IcrlError(
    `No TensorFlow.js backend could be loaded (${passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}).`,
    { code: 'unavailable', remedy: backendRemedy('native-cpu') },
  )
}

async function selectNamed(name: string, loaders: Loaders): Promise<BackendChoice> {
  const load = loaderOf(name, loaders)
  try {
    await loadAs(name, load)
    return chosen(name, [])
  } catch (cause) {
    throw new IcrlError(`Backend ${name} could not be loaded: ${reasonOf(cause)}.`, {
      code: 'unavailable',
      remedy: ownRemedy(cause) ?? backendRemedy(name),
      cause,
    })
  }
}

/** The loader of that name; a backend that TensorFlow.js knows already needs none. */
function loaderOf(name: string, loaders: Loaders): BackendLoader {
  if (Object.hasOwn(loaders, name)) return loaders[name]
  if (findBackendFactory(name) !== null) return () => makeCurrent(name)
  // One letter makes "gpu" of "cpu", which nobody means by it.
  const meant = nearestMatch(name.replace('gpu', 'cuda'), ['auto', ...Object.keys(loaders)])
  throw new IcrlError(`There is no backend ${JSON.stringify(name)}.`, {
    code: 'invalid-option',
    remedy: `${meant ? `Did you mean "${meant}"? ` : ''}Choose auto or one of ${Object.keys(loaders).join(', ')}. One of your own needs a loader of that name, or must be registered with TensorFlow.js before.`,
  })
}

async function loadAs(name: string, load: BackendLoader): Promise<void> {
  await load()
  const current = getBackend()
  if (current !== name) throw new Error(`its loader left ${current || 'no backend'} current`)
}

function chosen(name: string, passedOver: BackendChoice['passedOver']): BackendChoice {
  const { isa, generation, notice } = currentBackendFacts()
  return {
    name,
    passedOver,
    ...(isa !== undefined && { isa }),
    ...(generation !== undefined && { generation }),
    ...(notice !== undefined && { notice }),
  }
}

/** One line. An error with a remedy of its own knows best what to do. */
function slowNotice(withoutNative: unknown): string {
  const slow =
    'Running on plain JavaScript (backend cpu), which is slow: native-cpu could not be loaded'
  const remedy = ownRemedy(withoutNative)
  return remedy === undefined
    ? `${slow} (${firstLine(withoutNative)}). ${backendRemedy('native-cpu')}`
    : `${slow}. ${remedy}`
}

/** What was wrong, without the remedy and the full stop that a typed error's message ends with. */
function reasonOf(error: unknown): string {
  const [reason, remedy] = [firstLine(error), ownRemedy(error)]
  return (
    remedy !== undefined && reason.endsWith(remedy) ? reason.slice(0, -remedy.length) : reason
  ).replace(/\.?\s*$/, '')
}

function ownRemedy(error: unknown): string | undefined {
  return error instanceof Error && 'remedy' in error ? String(error.remedy) : undefined
}
