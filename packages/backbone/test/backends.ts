import '@tensorflow/tfjs-backend-cpu'
import { setBackend } from '@tensorflow/tfjs-core'
import { selectBackend } from '../src/select-backend.ts'

/** The exact backends of this machine: `cpu`, and `native-cpu` where it is compiled. */
export async function exactBackends(): Promise<string[]> {
  const native = await selectBackend('native-cpu').then(
    () => true,
    () => false,
  )
  await setBackend('cpu')
  return native ? ['cpu', 'native-cpu'] : ['cpu']
}
