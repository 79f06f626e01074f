// One group of the benchmark in a process of its own, so that its memory is its own and it can be
// ended: run-group.ts NAME, with the machine's limits in ICRL_BENCH_MACHINE. Rows go to the parent
// as messages.
import { runGroup } from './src/bench.ts'
import { GROUPS } from './src/groups.ts'
import { buildRow, type Machine } from './src/row.ts'

const [name] = process.argv.slice(2)
const group = GROUPS.find((candidate) => candidate.name === name)
const machine = JSON.parse(process.env['ICRL_BENCH_MACHINE'] ?? 'null') as Machine | null
if (group === undefined || machine === null)
  throw new Error(
    `run-group.ts: no group ${name}, or no machine in ICRL_BENCH_MACHINE; run npm run bench`,
  )

const seconds = Number(process.env['ICRL_BENCH_SECONDS'] ?? group.seconds)
const quick = process.env['ICRL_BENCH_QUICK'] === '1'
try {
  await runGroup(
    group,
    {
      machine,
      quick,
      report: (measurement) => process.send?.({ row: buildRow(measurement, machine) }),
    },
    seconds,
  )
} catch (error) {
  process.send?.({ failed: error instanceof Error ? error.message.split('\n')[0] : String(error) })
  process.exitCode = 1
}
process.disconnect?.()
