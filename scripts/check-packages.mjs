// Every built package as its users' tools will see it: exports and files (publint), and declarations
// that compile (the build writes them from one source file each, and checks no type).
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const packages = join(root, 'packages')
let problems = 0

for (const name of readdirSync(packages)) {
  const folder = join(packages, name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true })
  const found = messages
    .filter(
      ({ code, args }) =>
        !(code === 'FILE_DOES_NOT_EXIST' && String(args?.filePath).includes('src/')),
    )
    .map((message) => formatMessage(message, manifest))
  for (const field of [
    'license',
    'engines',
    'repository',
    'description',
    'keywords',
    'homepage',
    'bugs',
  ])
    if (!manifest[field]) found.push(`package.json has no "${field}"`)
  if (manifest.sideEffects !== false) found.push('package.json: "sideEffects" is not false')
  for (const file of ['README.md', 'LICENSE'])
    if (!existsSync(join(folder, file))) found.push(`${file} is missing`)
  for (const text of found) console.error(`${manifest.name}: ${text}`)
  problems += found.length
}

/** None where the build failed; publint says so. */
function declarationsOf(folder) {
  if (!existsSync(join(folder, 'dist'))) return []
  return readdirSync(join(folder, 'dist'), { recursive: true })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => relative(root, join(folder, 'dist', file)))
}

/** What a user with `skipLibCheck: false` is told of our files; other packages have faults of their own. */
function faultsOf(declarations) {
  const options =
    '--ignoreConfig --noEmit --strict --skipLibCheck false --module esnext --target es2022 ' +
    '--moduleResolution bundler --lib es2023,esnext.disposable --types node'
  const { stdout, error } = spawnSync(
    process.execPath,
    ['node_modules/typescript-7/bin/tsc', ...options.split(' '), ...declarations],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  if (error) throw error
  return stdout.split('\n').filter((line) => line.startsWith('packages'))
}

const declarations = readdirSync(packages).flatMap((name) => declarationsOf(join(packages, name)))
const faults = faultsOf(declarations)
for (const fault of faults) console.error(fault)
problems += faults.length

console.log(
  problems === 0
    ? `${declarations.length} declaration files compile; every package is ready to publish`
    : `${problems} problems`,
)
process.exitCode = problems === 0 ? 0 : 1
