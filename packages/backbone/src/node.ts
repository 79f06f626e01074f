// All that this package takes of Node, and the native addon. A browser's bundle has `no-node.ts` in its
// place, by the condition `browser` of package.json.
import util from 'node:util'
import type * as native from '@icrl/tfjs-native'

export {
  access,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
} from 'node:fs/promises'
export { basename, dirname, join, resolve } from 'node:path'
export { createHash } from 'node:crypto'

/** The package of the backends `native-cpu` and `native-cuda`. */
export function importNative(): Promise<typeof native> {
  return import('@icrl/tfjs-native')
}

/**
 * `@tensorflow/tfjs-node` 4.22 calls `util.isNullOrUndefined` and `util.isArray`, which Node 23
 * removed. Unless told otherwise TensorFlow takes all memory of a GPU at once, and all cores.
 */
export function prepareTensorflow(): void {
  const functions = util as unknown as Record<string, unknown>
  functions.isNullOrUndefined ??= (value: unknown): boolean => value === null || value === undefined
  functions.isArray ??= Array.isArray
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true'
  const threads = process.env.ICRL_THREADS
  if (threads) process.env.TF_NUM_INTRAOP_THREADS ??= threads
}
