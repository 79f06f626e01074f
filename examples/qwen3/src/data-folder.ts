import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const DEFAULT = fileURLToPath(new URL('../data', import.meta.url))

/** A path below the folder of the experiments' data: `ICRL_PAPER_DATA`, or `examples/qwen3/data`. */
export function inData(...path: readonly string[]): string {
  return join(resolve(process.env.ICRL_PAPER_DATA || DEFAULT), ...path)
}

/** A repository that is cloned into the data. */
export function cloneCommand(repository: string): string {
  const [, name] = repository.split('/')
  return `git clone --depth 1 https://github.com/${repository} ${inData(name)}`
}
