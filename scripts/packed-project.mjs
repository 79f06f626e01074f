// What a stranger has: an empty project with the tarballs of every package, and their READMEs.
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs a command to its end; returns what it printed, and throws with it where it fails. */
export function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 1 << 26,
  })
  if (status !== 0)
    throw new Error(
      `${command} ${args.slice(0, 4).join(' ')} … ended with ${status ?? error?.message}\n${stdout?.slice(-3000)}\n${stderr?.slice(-3000)}`,
    )
  return stdout
}

/** Packs every package into `tarballs` of the folder and installs them there, with `others`. */
export function installPacked(folder, others = []) {
  const tarballs = join(folder, 'tarballs')
  run(process.execPath, [join(root, 'scripts/pack-packages.mjs'), tarballs], root)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const packed = readdirSync(tarballs).map((file) => join(tarballs, file))
  const backend = ['@tensorflow/tfjs-core@^4.22.0', '@tensorflow/tfjs-backend-cpu@^4.22.0']
  run('npm', ['install', '--no-audit', '--no-fund', ...packed, ...backend, ...others], folder)
  return packed
}

/** The README's first ts block, and the text block that follows: what it prints. */
export function firstExample(path) {
  const [, code, printed] =
    /```ts\n([\s\S]*?)```[\s\S]*?```text\n([\s\S]*?)```/.exec(readFileSync(path, 'utf8')) ?? []
  if (!code)
    throw new Error(
      `${path} has no example in a ts block with what it prints in a text block after it`,
    )
  return { code, printed: printed.trim() }
}

/** Every package, by the name of its folder: its manifest and its README. */
export const packages = readdirSync(join(root, 'packages')).map((folder) => ({
  folder,
  manifest: JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
  readme: join(root, 'packages', folder, 'README.md'),
}))

/** What may be imported, such as `@icrl/core/testing`. */
export const specifiersOf = ({ name, exports }) =>
  Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([entry]) => name + entry.slice(1))
