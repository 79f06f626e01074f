// Plants each of nine faults in the sources, one after the other, and runs failures.test.ts: a fault
// that no test notices is printed, and fails. node packages/gateway/scripts/plant-mutants.mjs
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const MUTANTS = [
  [
    '(a) words that spell a mark are a call',
    'renderer/src/parse-parts.ts',
    'return ids ? noCalls : spelledCalls',
    'return spelledCalls',
  ],
  [
    '(b) calls are compared as they are written',
    'gateway/src/same-history.ts',
    'sorted(call.arguments)',
    'call.arguments',
  ],
  [
    '(c) the closing control token is lost',
    'gateway/src/answer-call.ts',
    'tokens: tokens.slice(0, length),',
    'tokens: tokens.slice(0, length).map((id) => (id > 255 ? 32 : id)),',
  ],
  [
    '(d) thinking that a client dropped is another history',
    'gateway/src/same-history.ts',
    "(returned === '' || returned === reasoned)",
    'returned === reasoned',
  ],
  [
    '(e) an edited history is taken for the old one',
    'gateway/src/same-history.ts',
    'if (!history.every((message, i) => isSameMessage(message, given[i]))) return undefined',
    '',
  ],
  [
    '(f) a segment forgets what it said',
    'gateway/src/segments.ts',
    'segment.history = [...segment.history, assistantMessage(parts)]',
    '',
  ],
  [
    '(g) a retry is a turn',
    'gateway/src/session.ts',
    'const earlier = this.#answers.get(body)',
    'const earlier = this.#answers.get(`${body}${this.#turns}`)',
  ],
  [
    '(h) a call after the end is answered',
    'gateway/src/session.ts',
    'if (this.#hasEnded) {',
    'if (this.#hasEnded && this.#turns === 0) {',
  ],
  [
    '(i) all addresses are one session',
    'gateway/src/create-gateway.ts',
    'id === undefined ? undefined : this.sessions.get(id)',
    'id === undefined ? undefined : [...this.sessions.values()][0]',
  ],
]

let missed = 0
for (const [name, file, from, to] of MUTANTS) {
  const path = `${root}/packages/${file}`
  const source = readFileSync(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${name}: ${file} has no one "${from}"`)
  writeFileSync(path, source.replace(from, to))
  try {
    execFileSync('npx', ['vitest', 'run', 'packages/gateway/src/failures.test.ts'], {
      cwd: root,
      stdio: 'pipe',
      env: { ...process.env, NO_COLOR: '1' },
    })
    missed++
    console.log(`not noticed: ${name}`)
  } catch (error) {
    const failed = [...`${error.stdout}${error.stderr}`.matchAll(/FAIL .*failures\.test\.ts/g)]
    if (failed.length === 0) throw error
    console.log(`noticed: ${name}, by ${failed.length} tests`)
  } finally {
    writeFileSync(path, source)
  }
}
process.exitCode = missed > 0 ? 1 : 0
