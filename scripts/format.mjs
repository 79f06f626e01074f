// Layout: oxfmt for TypeScript, JSON, CSS and Markdown, clang-format for C++. `--check` changes
// nothing and names the files that differ.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const check = process.argv.includes('--check')

/**
 * The file behind a development dependency's command: no shell, so it starts the same way on every
 * system.
 */
function command(name, bin) {
  const manifest = require.resolve(`${name}/package.json`)
  return join(dirname(manifest), require(manifest).bin[bin])
}

function cppFiles() {
  return ['packages/tfjs-native/native', 'bench/probe'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((file) => /\.(cc|h|inc|cu|cuh)$/.test(file))
      .map((file) => relative('.', join(folder, file))),
  )
}

const runs = [
  [command('oxfmt', 'oxfmt'), check ? ['--check'] : []],
  [
    command('@wasm-fmt/clang-format', 'clang-format'),
    [...(check ? ['--dry-run', '--Werror'] : ['-i']), ...cppFiles()],
  ],
]
const failed = runs.filter(
  ([script, args]) =>
    spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' }).status !== 0,
)
if (failed.length > 0 && check) console.error('Run `npm run format`, and look at what it changed.')
process.exitCode = failed.length === 0 ? 0 : 1
