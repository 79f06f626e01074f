import { IcrlError } from '@icrl/core'
import {
  BACKEND_LOADERS,
  BACKEND_REMEDIES,
  type BackendLoader,
  type BackendName,
  firstLine,
} from './load-backend.ts'

/** Which backend was chosen, and which ones were tried before it. */
export interface BackendChoice {
  readonly name: BackendName
  /** Why each earlier one of the list was passed over. */
  readonly passedOver: readonly { readonly name: BackendName; readonly reason: string }[]
  /** A line for the user if the chosen backend is slow. */
  readonly notice?: string
}

const AUTO: readonly BackendName[] = ['tensorflow', 'native-cpu', 'cpu']

/**
 * Makes a TensorFlow.js backend the current one. `auto` takes the first of `tensorflow`, `native-cpu`
 * and `cpu` that loads; a name takes that or fails.
 *
 * @param loaders how backends are loaded, for a backend of your own
 * @throws IcrlError `unavailable`, saying what to install; `invalid-option` for an unknown name.
 *
 * @example
 * const { name, passedOver } = await selectBackend('auto')
 */
export async function selectBackend(
  name: BackendName | 'auto' = 'auto',
  loaders: Readonly<Record<BackendName, BackendLoader>> = BACKEND_LOADERS,
): Promise<BackendChoice> {
  if (name !== 'auto') return selectNamed(name, loaders)
  const passedOver: { name: BackendName; reason: string }[] = []
  let withoutNative: unknown
  for (const candidate of AUTO) {
    try {
      await loaders[candidate]()
      return {
        name: candidate,
        passedOver,
        ...(candidate === 'cpu' ? { notice: slowNotice(withoutNative) } : {}),
      }
    } catch (error) {
      if (candidate === 'native-cpu') withoutNative = error
      passedOver.push({ name: candidate, reason: firstLine(error) })
    }
  }
  throw new IcrlError(
    `No TensorFlow.js backend could be loaded (${passedOver.map(({ name: tried, reason }) => `${tried}: ${reason}`).join('; ')}).`,
    {
      code: 'unavailable',
      remedy: BACKEND_REMEDIES['native-cpu'],
    },
  )
}

async function selectNamed(
  name: BackendName,
  loaders: Readonly<Record<BackendName, BackendLoader>>,
): Promise<BackendChoice> {
  if (!Object.hasOwn(loaders, name)) {
    throw new IcrlError(`There is no backend ${JSON.stringify(name)}.`, {
      code: 'invalid-option',
      remedy: `Choose auto or one of ${Object.keys(loaders).join(', ')}.`,
    })
  }
  try {
    await loaders[name]()
    return { name, passedOver: [] }
  } catch (cause) {
    throw new IcrlError(`Backend ${name} could not be loaded: ${firstLine(cause)}.`, {
      code: 'unavailable',
      remedy: BACKEND_REMEDIES[name],
      cause,
    })
  }
}

/** One line. An error with a remedy of its own knows best what to do. */
function slowNotice(withoutNative: unknown): string {
  const slow =
    'Running on plain JavaScript (backend cpu), which is slow: native-cpu could not be loaded'
  if (withoutNative instanceof Error && 'remedy' in withoutNative)
    return `${slow}. ${String(withoutNative.remedy)}`
  return `${slow} (${firstLine(withoutNative)}). ${BACKEND_REMEDIES['native-cpu']}`
}
