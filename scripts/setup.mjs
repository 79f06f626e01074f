// Brings a fresh clone to where everything runs: dependencies, then the native addon (not with
// --no-addon). Plain Node and npm are enough to start it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const PNPM = 'pnpm@10'
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `icrl: Node ${process.versions.node} is too old. Install Node 20.19 or newer and run the command again.`,
  )
  process.exit(1)
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'pnpm-lock.yaml')))
  .digest('hex')
const stamp = join(root, 'node_modules', '.icrl-setup')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.log(`Installing dependencies with ${PNPM} …`)
  const { status } = spawnSync(
    'npx',
    ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
      env: { ...process.env, CI: 'true' },
    },
  )
  if (status !== 0) {
    console.error(
      `icrl: installing failed (npx ${PNPM} install, exit code ${status}). Check the lines above and the connection to the npm registry, then run the command again.`,
    )
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}

if (process.argv.includes('--no-addon')) process.exit()
const { buildAddon } = await import(
  pathToFileURL(join(root, 'packages/tfjs-native/scripts/build.mjs')).href
)
const addon = await buildAddon()
if (addon.message) console.log(addon.message)
