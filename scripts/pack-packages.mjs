// Builds every package and packs it into a folder (default: tarballs), to be installed elsewhere with
// `npm install FOLDER/*.tgz`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = resolve(process.argv[2] ?? join(root, 'tarballs'))

/** pnpm comes through npx, as in set-up; its list of every packed file is left out. */
function pnpm(...args) {
  const { status } = spawnSync('npx', ['--yes', 'pnpm@10', ...args], {
    cwd: root,
    stdio: ['ignore', args.includes('pack') ? 'ignore' : 2, 'inherit'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  console.error(`icrl: pnpm ${args.slice(0, 4).join(' ')} … failed (exit code ${status}).`)
  process.exit(1)
}

const packed = () => readdirSync(folder).filter((file) => file.endsWith('.tgz'))

mkdirSync(folder, { recursive: true })
for (const file of packed()) rmSync(join(folder, file))
pnpm(
  'exec',
  'turbo',
  'run',
  'build',
  '--filter=./packages/*',
  '--output-logs=errors-only',
  '--concurrency=2',
)
pnpm('--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder)
console.log(`${packed().length} packages in ${relative('.', folder) || '.'}`)
