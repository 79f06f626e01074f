import { importNative, prepareTensorflow } from '#node'
import { registerWasmKernels } from '@icrl/tfjs-ops'
import {
  engine,
  env,
  findBackendFactory,
  getKernelsForBackend,
  registerKernel,
  removeBackend,
  scalar,
  setBackend,
  unregisterKernel,
} from '@tensorflow/tfjs-core'

/** TensorFlow.js backends that come with a loader, by their names there. */
export type BackendName =
  | 'tensorflow'
  | 'native-cuda'
  | 'native-cuda-bf16'
  | 'native-cpu'
  | 'cpu'
  | 'wasm'
  | 'webgpu'

/**
 * Registers a backend under its name and makes it the current one, or rejects with the reason why
 * it cannot. An error's `remedy`, if it has one, is what the user is told to do.
 *
 * @example
 * import { registerBackend, setBackend, type KernelBackend } from '@tensorflow/tfjs-core'
 *
 * declare const create: () => KernelBackend
 * const load: BackendLoader = async () => {
 *   registerBackend('mine', create)
 *   await setBackend('mine')
 * }
 * await selectBackend('mine', { loaders: { mine: load } })
 */
export type BackendLoader = () => Promise<void>

/** How each backend is loaded. Every one is an optional peer dependency, imported only here. */
export const BACKEND_LOADERS: Readonly<Record<BackendName, BackendLoader>> = {
  tensorflow: loadTensorflow,
  'native-cuda': () => loadCuda('native-cuda'),
  'native-cuda-bf16': () => loadCuda('native-cuda-bf16'),
  'native-cpu': loadNative,
  cpu: loadCpu,
  wasm: loadWasm,
  webgpu: () => importAndSet('@tensorflow/tfjs-backend-webgpu', 'webgpu'),
}

const WITH_A_GPU = 'Install @icrl/tfjs-native, on a machine with an NVIDIA GPU.'
const REMEDIES: Readonly<Record<BackendName, string>> = {
  tensorflow:
    'Install @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node (docs/run-on-a-gpu.md says how, on a current TensorFlow).',
  'native-cuda': WITH_A_GPU,
  'native-cuda-bf16': WITH_A_GPU,
  'native-cpu':
    'Install @icrl/tfjs-native; it needs a C++17 compiler (in the repository: npm run setup).',
  cpu: 'Install @tensorflow/tfjs-backend-cpu.',
  wasm: 'Install @tensorflow/tfjs-backend-wasm.',
  webgpu: 'Install @tensorflow/tfjs-backend-webgpu, in a browser with WebGPU.',
}

/** What to do if a backend of this name did not load. */
export function backendRemedy(name: string): string {
  return Object.hasOwn(REMEDIES, name)
    ? REMEDIES[name as BackendName]
    : 'Look at the backend’s own loader.'
}

async function importAndSet(specifier: string, name: BackendName): Promise<void> {
  await import(specifier)
  await makeCurrent(name)
}

/** `setBackend` that fails by throwing. */
export async function makeCurrent(name: string): Promise<void> {
  if (!(await setBackend(name))) throw new Error(`backend ${name} did not start`)
}

async function loadNative(): Promise<void> {
  const { registerNativeCpu } = await importNative()
  await registerNativeCpu()
  await makeCurrent('native-cpu')
}

async function loadCuda(name: 'native-cuda' | 'native-cuda-bf16'): Promise<void> {
  const { registerNativeCuda } = await importNative()
  registerNativeCuda()
  await makeCurrent(name)
}

/**
 * Says what `native-cuda` finds or misses, and never loads it: no GPU has run its kernels yet, so
 * that it is only taken where it is named.
 */
export async function explainCuda(): Promise<never> {
  const { countCudaDevices } = await importNative()
  const { devices, why } = countCudaDevices()
  throw new Error(
    devices > 0
      ? `${devices} GPU${devices > 1 ? 's' : ''} found; it is only taken where it is named, as its kernels have not run on a GPU yet`
      : why,
  )
}

/**
 * What `auto` takes of `tensorflow`: a GPU. On the processor `native-cpu` is faster, and exact.
 */
export async function loadTensorflowForGpu(): Promise<void> {
  await loadTensorflow()
  const { isUsingGpuDevice } = engine().backend as { isUsingGpuDevice?: boolean }
  if (isUsingGpuDevice === true) return
  const native = await loadNative().catch(() => 'missing')
  if (native === 'missing') return makeCurrent('tensorflow')
  throw new Error(
    'it computes on the processor here, where native-cpu is faster; it is only taken where it is named',
  )
}

async function loadTensorflow(): Promise<void> {
  prepareTensorflow()
  const names = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']
  const reasons: string[] = []
  for (const specifier of names) {
    try {
      await quietly(() => withCpuAsItWas(() => import(specifier)))
      await makeCurrent('tensorflow')
      return
    } catch (error) {
      reasons.push(isMissing(error, specifier) ? `no ${specifier}` : firstLine(error))
    }
  }
  throw new Error(reasons.join(', '))
}

/** Whether it is this package itself that is not installed, and not one that it needs. */
function isMissing(error: unknown, specifier: string): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' && firstLine(error).includes(`'${specifier}'`)
}

async function loadWasm(): Promise<void> {
  await importAndSet('@tensorflow/tfjs-backend-wasm', 'wasm')
  registerWasmKernels()
}

async function loadCpu(): Promise<void> {
  await quietly(async () => {
    await importAndSet('@tensorflow/tfjs-backend-cpu', 'cpu')
    scalar(0).dispose()
  })
}

/**
 * Loads in TensorFlow.js's production mode. Otherwise `cpu` prints an advertisement with its first
 * tensor under Node, and a second copy of its kernels, which comes with `tensorflow`, a line each.
 */
async function quietly(load: () => Promise<void>): Promise<void> {
  const production = env().getBool('PROD')
  env().set('PROD', true)
  try {
    await load()
  } finally {
    env().set('PROD', production)
  }
}

/**
 * `tensorflow` comes with a second copy of `cpu`, whose kernels take the place of the first one's.
 * The two must not be mixed: kernels of one copy do not know buffers of the other's backend, and an
 * update of a cache forgets what the cache held.
 */
async function withCpuAsItWas(load: () => Promise<void>): Promise<void> {
  const [kernels, isThere] = [getKernelsForBackend('cpu'), findBackendFactory('cpu') !== null]
  try {
    await load()
  } finally {
    for (const { kernelName } of getKernelsForBackend('cpu')) unregisterKernel(kernelName, 'cpu')
    for (const kernel of kernels) registerKernel(kernel)
    // It is not there where the load failed before it brought any, or in a second call.
    if (!isThere && findBackendFactory('cpu') !== null) removeBackend('cpu')
  }
}

/** An error's message up to its first line break. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]
}
