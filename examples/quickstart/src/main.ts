/**
 * The quickstart: ICRL, GRPO and ICRL with a shuffled critique on one task, at equal sampled tokens, on this machine.
 *
 *     npm run quickstart                       # 60,000 sampled tokens an arm, curves at the end
 *     npm run quickstart -- --tokens 20000 --out runs/short
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { selectBackend, type BackendName } from '@icrl/backbone'
import { IcrlError, isIcrlError } from '@icrl/core'
import { writeComparison, type RunSummary } from '@icrl/trainer'
import { findRuns, writeReport } from '@icrl/report'
import { drawCurves, type Curve } from './draw-curves.ts'
import { runArm, TASKS } from './run-arm.ts'
import { summariseSeeds, type SeedsSummary } from './summarise-seeds.ts'

const HELP = `Trains the arms of a task and compares them: ICRL, GRPO, and ICRL with another question's critique.

  npm run quickstart -- [options]

  --out DIR        where the runs go (default: runs/quickstart, or the next free name)
  --task NAME      chain (arithmetic, the default), triple (appliances, many turns), or leak (what w_t is for)
  --tokens N       sampled training tokens an arm (default: the task's, 60000 for chain; 10000 without a native backend)
  --seed N         first seed of everything drawn (default: 0)
  --seeds N        seeds an arm (default: 1)
  --backend NAME   auto, native-cpu, tensorflow or cpu (default: auto)
  --resume         go on with the runs in --out where they were stopped
  --help           this text`

function parseOptions(args: string[]): { out?: string; task: string; tokens?: string; seed: string; seeds: string; backend: string; resume: boolean; help: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string' },
      tokens: { type: 'string' },
      task: { type: 'string', default: 'chain' },
      seed: { type: 'string', default: '0' },
      seeds: { type: 'string', default: '1' },
      backend: { type: 'string', default: 'auto' },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  return values
}

function count(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value
  throw new IcrlError(`--${name} is "${text}".`, { code: 'invalid-option', remedy: `Use a whole number of ${least} or more.` })
}

/** `runs/quickstart`, or the first of `runs/quickstart-2`, `-3` … that is free. */
function freeFolder(): string {
  const base = join('runs', 'quickstart')
  if (!existsSync(base)) return base
  let number = 2
  while (existsSync(`${base}-${number}`)) number++
  return `${base}-${number}`
}

function table(summaries: Readonly<Record<string, SeedsSummary>>): string {
  const percent = (value: number | undefined): string => (value === undefined ? '–' : `${(100 * value).toFixed(1)}%`).padStart(8)
  const rows = Object.entries(summaries).map(([name, { eval_initial, eval_final, eval_best, steps, tokens_sampled, wall_seconds }]) =>
    [name.padEnd(14), percent(eval_initial), percent(eval_final), percent(eval_best), String(steps).padStart(7), String(tokens_sampled).padStart(9), `${wall_seconds.toFixed(0)} s`.padStart(7)].join(' '),
  )
  return [`${'arm'.padEnd(14)}   before    after     best   steps    tokens    time`, ...rows].join('\n')
}

interface Plan {
  readonly task: string
  readonly directory: string
  readonly seeds: readonly number[]
  /** Absent: each configuration's own. */
  readonly tokens?: number
  readonly backend: BackendName
  readonly resume: boolean
  readonly signal: AbortSignal
  /** How to go on after a stop. */
  readonly again: string
}

async function runArms({ task, directory, seeds, tokens, backend, resume, signal, again }: Plan): Promise<Record<string, SeedsSummary>> {
  const methods: Record<string, SeedsSummary> = {}
  for (const arm of TASKS[task]) {
    const summaries: RunSummary[] = []
    for (const seed of seeds) {
      const [folder, label] = seeds.length > 1 ? [join(directory, arm, `seed-${seed}`), `${arm}, seed ${seed}`] : [join(directory, arm), arm]
      const overrides = { seed, backend, ...(tokens !== undefined && { tokens }) }
      const { summary, finished } = await runArm({ task, arm, label: label.padEnd(13), directory: folder, overrides, resume, signal })
      if (!finished) throw new IcrlError(`${label} was stopped after ${summary.steps} steps.`, { code: 'aborted', remedy: `Go on with: ${again} --resume` })
      summaries.push(summary)
    }
    methods[arm] = summariseSeeds(summaries)
  }
  return methods
}

function curvesOf(methods: Readonly<Record<string, SeedsSummary>>): Curve[] {
  return Object.entries(methods).flatMap(([name, method]) =>
    (method.seeds ?? [method]).map(({ seed, evaluations }) => ({
      name: method.seeds ? `${name}, seed ${seed}` : name,
      points: evaluations.flatMap(({ tokens: at, metrics }) => (metrics['eval/critique_free'] === undefined ? [] : [[at, metrics['eval/critique_free']] as const])),
    })),
  )
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) return console.log(HELP)
  const { task } = options
  if (!Object.hasOwn(TASKS, task)) throw new IcrlError(`--task is "${task}".`, { code: 'invalid-option', remedy: `Use one of ${Object.keys(TASKS).join(', ')}.` })
  const first = count('seed', options.seed, 0)
  const seeds = Array.from({ length: count('seeds', options.seeds, 1) }, (_, i) => first + i)
  const given = options.tokens === undefined ? undefined : count('tokens', options.tokens, 1)
  const backend = await selectBackend(options.backend as BackendName | 'auto')
  if (backend.notice) console.log(backend.notice)
  const tokens = given ?? (backend.name === 'cpu' ? 10_000 : undefined)
  const directory = resolve(options.out ?? freeFolder())
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  console.log(`task ${task} · backend ${backend.name} · ${seeds.length === 1 ? `seed ${first}` : `seeds ${first} to ${seeds[seeds.length - 1]}`} · ${directory}\n`)
  const again = ['npm run quickstart -- --out', directory, '--task', task, ...(given === undefined ? [] : ['--tokens', given]), '--seed', first, '--seeds', seeds.length].join(' ')
  const methods = await runArms({ task, directory, seeds, tokens, backend: backend.name, resume: options.resume, signal: stop.signal, again })
  await writeComparison(directory, methods)
  const page = join(directory, 'report.html')
  await writeReport(await findRuns(directory), page, { title: `Quickstart: ${task}` })
  const colours = process.stdout.hasColors?.() === true
  console.log(`\n${colours ? drawCurves(curvesOf(methods)) : ''}\n${table(methods)}\n\nOpen ${page} in a browser; each arm's run folder lies beside it.`)
}

main().catch((error: unknown) => {
  const usage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error(isIcrlError(error) || usage ? `icrl quickstart: ${(error as Error).message.split('\n')[0]}${usage ? ' See --help.' : ''}` : error)
  process.exitCode = 1
})
