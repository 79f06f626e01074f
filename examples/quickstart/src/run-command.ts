import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { selectBackend } from '@icrl/backbone'
import { IcrlError, isIcrlError } from '@icrl/core'
import { compareRuns, findRuns, writeReport } from '@icrl/report'
import { writeComparison } from '@icrl/trainer/node'
import { drawCurves, type Curve } from './draw-curves.ts'
import { HELP, parseQuickstartOptions } from './quickstart-options.ts'
import { TASKS, type ArmJob } from './run-arm.ts'
import { runInTurn } from './run-in-turn.ts'
import { runSideBySide } from './run-side-by-side.ts'
import { sideBySideView } from './side-by-side-view.ts'
import { intervalTable, summaryTable } from './summary-tables.ts'
import { summarizeSeeds, type SeedsSummary } from './summarize-seeds.ts'

interface Plan {
  readonly task: string
  readonly directory: string
  readonly seeds: readonly number[]
  /** Default: each configuration's own. */
  readonly tokens?: number
  /** Default: all. */
  readonly questions?: number
  readonly backend: string
  readonly resume: boolean
}

/**
 * Each arm's runs, seed by seed: `OUT/icrl`, or with several seeds `OUT/icrl/seed-0` …
 *
 * @throws `run-conflict` if the folder holds the other kind
 */
function jobsOf({ task, directory, seeds, tokens, questions, backend, resume }: Plan): ArmJob[] {
  const width = Math.max(...TASKS[task].map((arm) => arm.length))
  for (const arm of TASKS[task]) checkLayout(join(directory, arm), seeds)
  return TASKS[task].flatMap((arm) =>
    seeds.map((seed): ArmJob => {
      const [folder, label] =
        seeds.length > 1
          ? [join(directory, arm, `seed-${seed}`), `${arm.padEnd(width)} seed ${seed}`]
          : [join(directory, arm), arm.padEnd(width)]
      return {
        task,
        arm,
        label,
        directory: folder,
        overrides: { seed, backend, ...(tokens !== undefined && { tokens }) },
        questions,
        resume,
      }
    }),
  )
}

function checkLayout(folder: string, seeds: readonly number[]): void {
  const entries = existsSync(folder) ? readdirSync(folder) : []
  if (seeds.length > 1 && entries.includes('config.json'))
    throw new IcrlError(`${folder} holds a run of one seed.`, {
      code: 'run-conflict',
      remedy: 'Give another --out, or leave out --seeds.',
    })
  if (seeds.length === 1 && entries.some((name) => name.startsWith('seed-')))
    throw new IcrlError(`${folder} holds seeds of their own.`, {
      code: 'run-conflict',
      remedy: 'Give their number as --seeds, or another --out.',
    })
}

/**
 * One run per core; one after another if there are only two cores and starting processes would take
 * longer than it saves.
 */
function runsAtOnce(tokens: number): number {
  const cores = availableParallelism()
  return cores <= 2 && tokens < 60_000 ? 1 : cores
}

/** @param again how to go on after a stop */
async function runJobs(
  jobs: readonly ArmJob[],
  atOnce: number,
  signal: AbortSignal,
  again: string,
): Promise<Record<string, SeedsSummary>> {
  const outcomes =
    atOnce > 1
      ? await runSideBySide(jobs, {
          atOnce,
          signal,
          view: sideBySideView(jobs.length, process.stdout),
        })
      : await runInTurn(jobs, signal)
  const finished = outcomes.filter((outcome) => outcome.finished).length
  if (finished < jobs.length)
    throw new IcrlError(`Stopped after ${finished} of ${jobs.length} runs.`, {
      code: 'aborted',
      remedy: `Go on with: ${again} --resume`,
    })
  const arms = [...new Set(jobs.map(({ arm }) => arm))]
  return Object.fromEntries(
    arms.map((arm) => [arm, summarizeSeeds(outcomes.filter((_, i) => jobs[i].arm === arm))]),
  )
}

function curvesOf(methods: Readonly<Record<string, SeedsSummary>>): Curve[] {
  return Object.entries(methods).flatMap(([name, method]) =>
    (method.seeds ?? [method]).map(({ seed, evaluations }) => ({
      name: method.seeds ? `${name}, seed ${seed}` : name,
      points: evaluations.flatMap(({ tokens: at, metrics }) =>
        metrics['eval/critique_free'] === undefined
          ? []
          : [[at, metrics['eval/critique_free']] as const],
      ),
    })),
  )
}

/**
 * The first interrupt stops at the next step boundary, a later one at once. A terminal and npm may
 * both pass on the same one.
 */
function stopOnInterrupt(): AbortSignal {
  const stop = new AbortController()
  let first = 0
  const interrupt = (): void => {
    if (!stop.signal.aborted) {
      first = Date.now()
      process.stderr.write('\nStopping at the next step, with a checkpoint (again: at once).\n')
      stop.abort()
    } else if (Date.now() - first > 500) process.exit(130)
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, interrupt)
  return stop.signal
}

async function trainAndCompare(args: readonly string[]): Promise<void> {
  const {
    help,
    task: wantedTask,
    out,
    seeds,
    tokens,
    questions,
    jobs: atMost,
    backend: wanted,
    resume,
  } = parseQuickstartOptions([...args])
  if (help) return console.log(HELP)
  const backend = await selectBackend(wanted)
  if (backend.notice) console.log(backend.notice)
  const isPlain = backend.name === 'cpu'
  const task = wantedTask ?? (isPlain ? 'small' : 'chain')
  if (isPlain && wantedTask === undefined)
    console.log(
      'So the task is smaller: --task small, about two minutes for ICRL. --task chain is the whole one.',
    )
  const directory = resolve(out)
  const jobs = jobsOf({ task, directory, seeds, tokens, questions, backend: backend.name, resume })
  const atOnce = Math.min(
    jobs.length,
    atMost ?? (seeds.length > 1 ? runsAtOnce(tokens ?? Infinity) : 1),
  )
  console.log(
    `task ${task} · backend ${backend.name} · ${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds[seeds.length - 1]}`}${atOnce > 1 ? ` · ${atOnce} runs at a time` : ''} · ${directory}\n`,
  )
  const again = [
    'npm run quickstart --',
    '--out',
    directory,
    '--task',
    task,
    ...(tokens === undefined ? [] : ['--tokens', tokens]),
    ...(questions === undefined ? [] : ['--questions', questions]),
    '--seed',
    seeds[0],
    '--seeds',
    seeds.length,
  ].join(' ')
  const methods = await runJobs(jobs, atOnce, stopOnInterrupt(), again)
  await writeComparison(directory, methods)
  const page = join(directory, 'report.html')
  const runs = await findRuns(directory)
  await writeReport(runs, page, { title: `Quickstart: ${task}` })
  const colors = process.stdout.hasColors?.() === true
  console.log(`\n${colors ? drawCurves(curvesOf(methods)) : ''}\n${summaryTable(methods)}`)
  if (seeds.length > 1) console.log(`\n${intervalTable(await compareRuns(runs))}`)
  console.log(`\nOpen ${page} in a browser; each arm's run folder lies beside it.`)
}

/**
 * Runs the quickstart and returns its exit code; an expected error is one line on standard error.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    await trainAndCompare(args)
    return 0
  } catch (error) {
    const usage =
      error instanceof TypeError &&
      'code' in error &&
      String(error.code).startsWith('ERR_PARSE_ARGS')
    console.error(
      isIcrlError(error) || usage
        ? `icrl quickstart: ${(error as Error).message.split('\n')[0]}${usage ? ' See --help.' : ''}`
        : error,
    )
    return 1
  }
}
