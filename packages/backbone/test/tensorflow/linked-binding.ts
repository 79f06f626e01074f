import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * TensorFlow's library behind the binding that `node scripts/tfjs-node-gpu.mjs` links into this
 * repository; undefined where it has not been run.
 */
export function linkedTensorflow(): string | undefined {
  const places = createRequire(import.meta.url).resolve.paths('@tensorflow/tfjs-node-gpu') ?? []
  return places
    .map((folder) => join(folder, '@tensorflow/tfjs-node-gpu/deps/lib/libtensorflow_cc.so.2'))
    .filter((file) => existsSync(file))
    .map((file) => realpathSync(file))[0]
}

/** The end of a skipped test's name. */
export const HOW_TO_LINK = 'where node scripts/tfjs-node-gpu.mjs has been run'
