// The whole suite: layout, lint, types, examples, package boundaries, builds, tests. Ends with one
// plain line: N passed, N failed, N skipped. --full: also what takes minutes.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const scratch = mkdtempSync(join(tmpdir(), 'icrl-test-'))
const full = process.argv.includes('--full')
const results = join(scratch, 'vitest.json')
const counts = { passed: 0, failed: 0, skipped: 0 }
/** Most checks have one thread: two of them keep two cores busy. */
const AT_ONCE = 2

/** Pnpm comes through npx, as in set-up; turbo needs it on the path. */
const PNPM = ['--yes', 'pnpm@10', 'exec']

const bin = (command, ...args) => ['npx', ['--no-install', command, ...args]]
const script = (name, ...args) => [process.execPath, [`scripts/${name}.mjs`, ...args]]

/**
 * By the native compiler. What did not change since the last run is not checked again.
 * TypeScript 6 stays beside it for its programming interface, which 7 does not have.
 */
function types(project) {
  const seen = `node_modules/.cache/${project.replaceAll('/', '-')}.tsbuildinfo`
  const options = ['--noEmit', '--incremental', '--tsBuildInfoFile', seen, '--project', project]
  return [process.execPath, ['node_modules/typescript-7/bin/tsc', ...options]]
}

// Independent of each other; the cheap ones first.
const checks = [
  ['layout', ...script('format', '--check')],
  ['lint', ...bin('oxlint')],
  ['package boundaries and cycles', ...script('check-boundaries')],
  ['types', ...types('tsconfig.json')],
  // It runs in a browser, and has types of its own.
  ['types of the report page', ...types('packages/report/page/tsconfig.json')],
  ['types of the page that trains', ...types('examples/in-the-browser/page/tsconfig.json')],
  [
    'build',
    'npx',
    [...PNPM, 'turbo', 'run', 'build', '--output-logs=errors-only', '--concurrency=2'],
    { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  ],
  ['examples compile', ...script('check-examples')],
]

function start(command, args, { env, stdio }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', ...stdio],
      env: { ...process.env, ...env },
      shell: process.platform === 'win32',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', (error) => resolve({ ok: false, output: error.message }))
    child.on('close', (status) => resolve({ ok: status === 0, output }))
  })
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`

/** Its output is printed whole when it ends: others run beside it. */
async function check([title, command, args, env]) {
  const since = Date.now()
  const { ok, output } = await start(command, args, { env, stdio: ['pipe', 'pipe'] })
  console.log(`\n— ${title}\n${output.trim()}\n  ${ok ? 'ok' : 'FAILED'} in ${seconds(since)}`)
  counts[ok ? 'passed' : 'failed']++
}

async function checkAll(waiting) {
  const worker = async () => {
    while (waiting.length > 0) await check(waiting.shift())
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function test() {
  const since = Date.now()
  console.log('\n— tests')
  const [command, args] = bin(
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${results}`,
  )
  const env = full ? { ICRL_FULL: '1' } : {}
  const { ok } = await start(command, args, { env, stdio: ['inherit', 'inherit'] })
  console.log(`  ${ok ? 'ok' : 'FAILED'} in ${seconds(since)}`)
  try {
    const report = JSON.parse(readFileSync(results, 'utf8'))
    counts.passed += report.numPassedTests
    counts.failed += report.numFailedTests
    counts.skipped += report.numPendingTests + report.numTodoTests
    if (!ok && report.numFailedTests === 0) counts.failed++
  } catch (error) {
    console.error(`tests: no results were written (${error.message})`)
    counts.failed++
  }
}

console.log(`Checking ${checks.map(([title]) => title).join(', ')} …`)
await checkAll([...checks])
await check(['public declarations', ...script('check-packages')])
if (full) await check(['packages in other runtimes', ...script('try-runtimes')])
await test()
rmSync(scratch, { recursive: true, force: true })
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1
