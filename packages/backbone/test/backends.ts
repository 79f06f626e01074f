import '@tensorflow/tfjs-backend-cpu'
import { setBackend } from '@tensorflow/tfjs-core'
import { selectBackend } from '../src/select-backend.ts'
import { linkedTensorflow } from './tensorflow/linked-binding.ts'

/** The exact backends of this machine: `cpu`, and `native-cpu` where it is compiled. */
export async function exactBackends(): Promise<string[]> {
  const native = await selectBackend('native-cpu').then(
    () => true,
    () => false,
  )
  await setBackend('cpu')
  return native ? ['cpu', 'native-cpu'] : ['cpu']
}

/**
 * The backends that a model must work on: the exact ones, and in the full tests `tensorflow` where
 * its binding is linked (`node scripts/tfjs-node-gpu.mjs`).
 */
export async function modelBackends(): Promise<string[]> {
  const exact = await exactBackends()
  if (linkedTensorflow() === undefined || !process.env.ICRL_FULL) return exact
  await selectBackend('tensorflow')
  await setBackend('cpu')
  return [...exact, 'tensorflow']
}

/** Whether a test that compares bits is for this backend of `modelBackends`. */
export const promisesBits = (backend: string): boolean => backend !== 'tensorflow'
