// The benchmark: npm run bench -- [--json FILE] [--only NAME] [--quick] [--processor-time]
// [--list]. Each group of rows runs in a process of its own, ours and the peers in turn; what fails
// or takes too long is reported as failed and the rest goes on. --processor-time is for a machine
// that others use: one thread each, and processor time in place of the clock.
import { renameSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { GROUPS } from './src/groups.ts'
import { measureMachine } from './src/measure-machine.ts'
import { NO_PEER, peerPython } from './src/peer.ts'
import { printRow } from './src/print-row.ts'
import { buildRow, type Row } from './src/row.ts'
import { runInProcess } from './src/run-in-process.ts'

/** Of the whole; on a busy machine everything may take this much longer. */
const [MOST_SECONDS, PATIENCE] = [24 * 60, 8]

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    'processor-time': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})
const groups = GROUPS.filter(
  ({ name }) => values.only === undefined || values.only.some((part) => name.includes(part)),
)
if (values.list || groups.length === 0) {
  console.log(
    `${groups.length === 0 ? `No group is named like ${values.only?.join(' or ')}. ` : ''}Groups: ${GROUPS.map(({ name }) => name).join(', ')}`,
  )
  process.exit(values.list ? 0 : 1)
}

if (values['processor-time'])
  Object.assign(process.env, { ICRL_THREADS: '1', ICRL_BENCH_CLOCK: 'processor' })
const start = performance.now()
const patience = values['processor-time'] ? PATIENCE : 1
const rows: Row[] = []
// An interrupt ends the running group too: it is a process group of its own.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const machine = measureMachine(values.quick ? 0.5 : 2)

function keep(row: Row): void {
  rows.push(row)
  printRow(row)
  if (values.json === undefined) return
  writeFileSync(`${values.json}.partial`, `${JSON.stringify(rows, undefined, 1)}\n`)
  renameSync(`${values.json}.partial`, values.json)
}

if (peerPython('torch') === undefined) console.log(`${NO_PEER}; rows have no "theirs".`)
const note = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}${values['processor-time'] ? '; processor time' : ''}`
keep(
  buildRow(
    { name: 'machine: fused multiply-adds in registers', ours: machine.fma, unit: 'GFLOP/s', note },
    machine,
  ),
)
keep(buildRow({ name: 'machine: reading memory', ours: machine.read, unit: 'GB/s' }, machine))
keep(
  buildRow(
    { name: 'machine: copying memory, read and written', ours: machine.copy, unit: 'GB/s' },
    machine,
  ),
)

for (const { name, seconds } of groups) {
  const left = patience * MOST_SECONDS - (performance.now() - start) / 1000
  const failed =
    left < 15
      ? `no time left of ${(patience * MOST_SECONDS) / 60} minutes`
      : await runInProcess(name, {
          machine,
          quick: values.quick,
          seconds: Math.min(patience * seconds, left),
          onRow: keep,
        })
  if (failed !== undefined) keep(buildRow({ name: `group ${name}`, unit: '', failed }, machine))
}
console.log(
  `\n${rows.length} rows in ${((performance.now() - start) / 60_000).toFixed(1)} minutes${values.json === undefined ? '' : `, in ${values.json}`}`,
)
