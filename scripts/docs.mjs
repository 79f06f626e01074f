// The site, into docs/site: guides, concepts, results and the reference of every package.
// --serve: and shows it on a port of this machine.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const website = join(dirname(fileURLToPath(import.meta.url)), '../website')

/** What the site is built with is installed when it is first built: set-up needs none of it. */
function isInstalled() {
  const installed = join(website, 'node_modules/.package-lock.json')
  return (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(website, 'package-lock.json')).mtimeMs
  )
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: website,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

if (!isInstalled()) run('npm', ['ci', '--no-audit', '--no-fund'])
run(process.execPath, ['build.mjs', ...process.argv.slice(2)])
