/**
 * How long `icrl view` takes to show a run of 300 steps with 400 samples each while training goes
 * on: from the first file that is opened to the answers that the page's first screen needs.
 *
 *     node --conditions=@icrl/source --import tsx bench/view-opens.ts [steps] [samples]
 */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { viewRuns } from '../packages/report/src/index.ts'
import { makeRun } from '../packages/report/test/make-run.ts'

const [steps = 300, samples = 400] = process.argv.slice(2).map(Number)
const root = mkdtempSync(join(tmpdir(), 'icrl-view-bench-'))
try {
  // A failed attempt has a critique and a revision, so that a session has 1.5 to 3 samples.
  const directory = makeRun({
    directory: join(root, 'run'),
    steps,
    tasks: Math.round(samples / 16),
    sessions: 8,
    isUnfinished: true,
  })
  const files = readdirSync(join(directory, 'samples'))
  const lines = files.reduce(
    (sum, name) =>
      sum + readFileSync(join(directory, 'samples', name), 'utf8').split('\n').length - 1,
    0,
  )
  const metrics = join(directory, 'metrics.jsonl')
  const writing = setInterval(() => appendFileSync(metrics, '{"step":'), 50)
  const began = performance.now()
  const handler = await viewRuns([directory])
  const ask = async <Value>(path: string): Promise<Value> =>
    (await handler(new Request(`http://127.0.0.1${path}`))).json() as Promise<Value>
  await handler(new Request('http://127.0.0.1/'))
  const page = performance.now()
  const { runs } = await ask<{ runs: { sampleSteps: number[] }[] }>('/state')
  const step = runs[0].sampleSteps.at(-1)
  const [{ task, session }] = await ask<{ task: string; session: number }[]>(
    `/sessions?run=0&step=${step}`,
  )
  await ask(`/session?run=0&step=${step}&task=${encodeURIComponent(task)}&session=${session}`)
  const ended = performance.now()
  clearInterval(writing)
  console.log(
    `${steps} steps, ${(lines / files.length).toFixed(0)} samples each: ${((ended - began) / 1000).toFixed(2)} s, of which ${((page - began) / 1000).toFixed(2)} s for the page's script, bundled from its sources here`,
  )
} finally {
  rmSync(root, { recursive: true, force: true })
}
