// Installs the benchmark's peers from PyPI into the user's cache, once: npm run bench:setup. Plain
// Node and Python ≥ 3.10. TensorFlow is in an environment of its own, because its dependencies are
// pinned otherwise; without it the matrix products are compared to torch and NumPy alone.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printHelp } from '../scripts/print-help.mjs'

printHelp(import.meta.url)

const here = dirname(fileURLToPath(import.meta.url))
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
const ENVIRONMENTS = [
  { folder: 'icrl-ref', requirements: 'requirements.txt', optional: false },
  { folder: 'icrl-ref-tensorflow', requirements: 'tensorflow-requirements.txt', optional: true },
]

function findPython() {
  for (const command of [process.env.PYTHON, 'python3', 'python'].filter(Boolean)) {
    const { status } = spawnSync(command, [
      '-c',
      'import sys, venv; sys.exit(sys.version_info < (3, 10))',
    ])
    if (status === 0) return command
  }
  return undefined
}

/** What the file asks for and the environment lacks. */
function missing(python, requirements) {
  const wanted = readFileSync(requirements, 'utf8').split('\n').filter(Boolean)
  const program =
    'import json,sys\nfrom importlib.metadata import version, PackageNotFoundError as E\ndef f(n):\n try: return version(n)\n except E: return None\nprint(json.dumps([f(n) for n in sys.argv[1:]]))'
  const { status, stdout } = spawnSync(
    python,
    ['-c', program, ...wanted.map((line) => line.split('==')[0])],
    { encoding: 'utf8' },
  )
  const found = status === 0 ? JSON.parse(stdout) : wanted.map(() => null)
  return wanted.filter((line, i) => line.split('==')[1] !== found[i]?.split('+')[0])
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  return status === 0
    ? undefined
    : `${command} ${args.slice(0, 3).join(' ')} … failed (${error?.message ?? `exit code ${status}`})`
}

function install({ folder, requirements }) {
  const environment = join(cache, folder)
  const python = join(
    environment,
    process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
  )
  const file = join(here, 'peers', requirements)
  if (!existsSync(python)) {
    const system = findPython()
    if (system === undefined)
      return 'no Python ≥ 3.10 with venv was found ($PYTHON, python3, python)'
    const failed = run(system, ['-m', 'venv', environment])
    if (failed) return failed
  }
  const lacking = missing(python, file)
  if (lacking.length === 0) {
    console.log(`${environment}: up to date`)
    return undefined
  }
  console.log(`${environment}: installing ${lacking.join(', ')} …`)
  return run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', file])
}

for (const environment of ENVIRONMENTS) {
  const failed = install(environment)
  if (failed === undefined) continue
  console.error(
    `icrl: ${failed}. ${environment.optional ? 'Rows are compared without it.' : 'Without it rows have no peer.'}`,
  )
  if (!environment.optional) process.exitCode = 1
}
