/**
 * Preloaded into a run (`node --import`), kills its process at a counted moment: `ICRL_TEST_KILL` is
 * `CALL,TURNS`, the number of a call that changes a file in the folder `ICRL_TEST_RUN`, and how many
 * turns of the event loop after its start the process dies. Without it the calls are only counted,
 * and their number is written to the file `ICRL_TEST_CALLS`.
 */
import { writeFileSync } from 'node:fs'
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const { ICRL_TEST_RUN: run, ICRL_TEST_KILL: kill, ICRL_TEST_CALLS: counted } = process.env
const [fatalCall, turns] = (kill ?? '-1,0').split(',').map(Number)
let calls = 0

function die(left) {
  if (left <= 0) process.kill(process.pid, 'SIGKILL')
  else setImmediate(die, left - 1)
}

function counting(call) {
  return (...given) => {
    if (calls++ === fatalCall) die(turns)
    return call(...given)
  }
}

const inRun = (path) => String(path).startsWith(run)
for (const name of ['writeFile', 'rename', 'mkdir', 'link']) {
  const original = files[name]
  const counts = counting(original)
  files[name] = (...given) => (inRun(given[0]) ? counts : original)(...given)
}
const { open } = files
const countedOpen = counting(open)
files.open = async (...given) => {
  if (!inRun(given[0])) return open(...given)
  const file = await countedOpen(...given)
  for (const name of ['appendFile', 'write', 'sync']) file[name] = counting(file[name].bind(file))
  return file
}
syncBuiltinESMExports()
if (counted) process.on('exit', () => writeFileSync(counted, String(calls)))
