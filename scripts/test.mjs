// The whole suite: types, examples, package boundaries, builds, tests. Ends with one plain line: N
// passed, N failed, N skipped.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const scratch = mkdtempSync(join(tmpdir(), 'icrl-test-'))
const full = process.argv.includes('--full')
const results = join(scratch, 'vitest.json')
const counts = { passed: 0, failed: 0, skipped: 0 }

/** pnpm comes through npx, as in set-up; turbo needs it on the path. */
function run(title, command, args, env = {}) {
  const start = Date.now()
  console.log(`\n— ${title}`)
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  })
  console.log(
    `  ${status === 0 ? 'ok' : 'FAILED'} in ${((Date.now() - start) / 1000).toFixed(1)} s`,
  )
  return status === 0
}

function check(title, command, args, env) {
  counts[run(title, command, args, env) ? 'passed' : 'failed']++
}

const pnpm = ['--yes', 'pnpm@10', 'exec']
check('types', 'npx', ['--no-install', 'tsc', '--noEmit', '-p', 'tsconfig.json'])
check('examples compile', process.execPath, ['scripts/check-examples.mjs'])
check('package boundaries and cycles', process.execPath, ['scripts/check-boundaries.mjs'])
check(
  'build',
  'npx',
  [...pnpm, 'turbo', 'run', 'build', '--output-logs=errors-only', '--concurrency=2'],
  { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
)
check('public declarations', process.execPath, ['scripts/check-packages.mjs'])

const green = run(
  'tests',
  'npx',
  [
    '--no-install',
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${results}`,
  ],
  full ? { ICRL_FULL: '1' } : {},
)
let report
try {
  report = JSON.parse(readFileSync(results, 'utf8'))
} catch (error) {
  console.error(`tests: no results were written (${error.message})`)
}
if (report) {
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests
  counts.skipped += report.numPendingTests + report.numTodoTests
  if (!green && report.numFailedTests === 0) counts.failed++
} else {
  counts.failed++
}
rmSync(scratch, { recursive: true, force: true })
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
