import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { selectBackend } from '@icrl/backbone'
import { IcrlError, isIcrlError } from '@icrl/core'
import { findRuns, writeReport } from '@icrl/report'
import { train, type RunSummary } from '@icrl/trainer'
import { writeComparison } from '@icrl/trainer/node'
import { buildRun, loadRunConfig, progressPrinter, type RunOverrides } from 'icrl'

const HELP = `Trains ICRL and GRPO on TextCraft at equal sampled tokens, and compares them on 64 kits neither has seen.

  pnpm --dir examples/agentic-tiny start [options]

  --out DIR        where the runs go (default: runs/agentic-tiny, or the next free name)
  --tokens N       sampled training tokens per arm (default: the arms' own, 200000)
  --seed N         seed of everything drawn (default: 0)
  --arms LIST      icrl, grpo or both (default: icrl,grpo)
  --resume         go on with the runs in --out where they were stopped
  --help           this text`

const ARMS = ['icrl', 'grpo']

function count(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value
  throw new IcrlError(`--${name} is "${text}".`, {
    code: 'invalid-option',
    remedy: `Use a whole number of ${least} or more.`,
  })
}

/** `runs/agentic-tiny`, or the first of `runs/agentic-tiny-2`, `-3` … that is free. */
function freeFolder(): string {
  const base = join('runs', 'agentic-tiny')
  if (!existsSync(base)) return base
  let number = 2
  while (existsSync(`${base}-${number}`)) number++
  return `${base}-${number}`
}

interface ArmPlan {
  readonly arm: string
  readonly directory: string
  readonly overrides: RunOverrides
  readonly resume: boolean
  readonly signal: AbortSignal
}

async function runArm({ arm, directory, overrides, resume, signal }: ArmPlan): Promise<RunSummary> {
  const loaded = await loadRunConfig(
    fileURLToPath(new URL(`../arms/${arm}.config.ts`, import.meta.url)),
  )
  const folder = join(directory, arm)
  await using run = await buildRun(loaded, folder, overrides)
  const progress = progressPrinter({
    stop: run.options.stop,
    label: arm.padEnd(5),
    stream: process.stdout,
  })
  try {
    const { summary, finished } = await train({
      ...run.options,
      ...progress,
      directory: folder,
      resume,
      signal,
    })
    if (finished) return summary
    throw new IcrlError(`${arm} was stopped after ${summary.steps} steps.`, {
      code: 'aborted',
      remedy: `Go on with --resume --out ${directory}.`,
    })
  } finally {
    progress.done()
  }
}

function table(summaries: Readonly<Record<string, RunSummary>>): string {
  const percent = (value: number | undefined): string =>
    (value === undefined ? '–' : `${(100 * value).toFixed(1)}%`).padStart(8)
  const rows = Object.entries(summaries).map(
    ([name, { eval_initial, eval_final, eval_best, steps, tokens_sampled, wall_seconds }]) =>
      [
        name.padEnd(6),
        percent(eval_initial),
        percent(eval_final),
        percent(eval_best),
        String(steps).padStart(7),
        String(tokens_sampled).padStart(9),
        `${wall_seconds.toFixed(0)} s`.padStart(7),
      ].join(' '),
  )
  return [
    'held-out success of first attempts, without critique',
    `${'arm'.padEnd(6)}   before    after     best   steps    tokens    time`,
    ...rows,
  ].join('\n')
}

async function trainAndCompare(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: 'string' },
      tokens: { type: 'string' },
      seed: { type: 'string', default: '0' },
      arms: { type: 'string', default: ARMS.join(',') },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const arms = values.arms.split(',')
  const unknown = arms.find((arm) => !ARMS.includes(arm))
  if (unknown !== undefined)
    throw new IcrlError(`--arms names "${unknown}".`, {
      code: 'invalid-option',
      remedy: `Use ${ARMS.join(' or ')}.`,
    })
  const overrides = {
    seed: count('seed', values.seed, 0),
    ...(values.tokens !== undefined && { tokens: count('tokens', values.tokens, 1) }),
  }
  const backend = await selectBackend('auto')
  if (backend.notice) console.log(backend.notice)
  const directory = resolve(values.out ?? freeFolder())
  console.log(
    `TextCraft, closed book · backend ${backend.name} · seed ${overrides.seed} · ${directory}\n`,
  )
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const summaries: Record<string, RunSummary> = {}
  for (const arm of arms)
    summaries[arm] = await runArm({
      arm,
      directory,
      overrides,
      resume: values.resume,
      signal: stop.signal,
    })
  await writeComparison(directory, summaries)
  const page = join(directory, 'report.html')
  await writeReport(await findRuns(directory), page, { title: 'TextCraft in miniature' })
  console.log(
    `\n${table(summaries)}\n\nOpen ${page} in a browser; each arm's run folder lies beside it.`,
  )
}

/** Runs the example and returns its exit code; an expected error is one line on standard error. */
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
        ? `agentic-tiny: ${(error as Error).message.split('\n')[0]}${usage ? ' See --help.' : ''}`
        : error,
    )
    return 1
  }
}
