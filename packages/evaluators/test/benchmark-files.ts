import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root =
  process.env.ICRL_BENCHMARKS ??
  fileURLToPath(new URL('../../../../shared/data/benchmarks', import.meta.url))

/** A file of a published benchmark: `<folder of clones>/<repository>/<path>`. */
export const benchmarkFile = (path: string): string => `${root}/${path}`

/** True where the authors' own file or folder is not at hand. */
export const without = (path: string): boolean => !existsSync(benchmarkFile(path))
