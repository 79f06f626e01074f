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
import { drawCurves } from './draw-curves.ts'
import { ARMS, runArm } from './run-arm.ts'

const HELP = `Trains three arms on the operator chain and compares them: ICRL, GRPO, and ICRL with another question's critique.

  npm run quickstart -- [options]

  --out DIR        where the runs go (default: runs/quickstart, or the next free name)
  --tokens N       sampled training tokens an arm (default: 60000; 10000 without a native backend)
  --seed N         seed of everything drawn (default: 0)
  --backend NAME   auto, native-cpu, tensorflow or cpu (default: auto)
  --resume         go on with the runs in --out where they were stopped
  --help           this text`

function parseOptions(args: string[]): { out?: string; tokens?: string; seed: string; backend: string; resume: boolean; help: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string' },
      tokens: { type: 'string' },
      seed: { type: 'string', default: '0' },
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

function table(summaries: Readonly<Record<string, RunSummary>>): string {
  const percent = (value: number | undefined): string => (value === undefined ? '–' : `${(100 * value).toFixed(1)}%`).padStart(8)
  const rows = Object.entries(summaries).map(([name, { eval_initial, eval_final, eval_best, steps, tokens_sampled, wall_seconds }]) =>
    [name.padEnd(14), percent(eval_initial), percent(eval_final), percent(eval_best), String(steps).padStart(7), String(tokens_sampled).padStart(9), `${wall_seconds.toFixed(0)} s`.padStart(7)].join(' '),
  )
  return [`${'arm'.padEnd(14)}   before    after     best   steps    tokens    time`, ...rows].join('\n')
}

async function runArms(directory: string, { resume, signal, ...overrides }: { seed: number; tokens: number; backend: BackendName; resume: boolean; signal: AbortSignal }): Promise<Record<string, RunSummary>> {
  const summaries: Record<string, RunSummary> = {}
  for (const arm of ARMS) {
    const { summary, finished } = await runArm({ task: 'chain', arm, directory: join(directory, arm), overrides, resume, signal })
    if (!finished) throw new IcrlError(`${arm} was stopped after ${summary.steps} steps.`, { code: 'aborted', remedy: `Go on with: npm run quickstart -- --out ${directory} --tokens ${overrides.tokens} --resume` })
    summaries[arm] = summary
  }
  return summaries
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) return console.log(HELP)
  const backend = await selectBackend(options.backend as BackendName | 'auto')
  if (backend.notice) console.log(backend.notice)
  const tokens = count('tokens', options.tokens ?? (backend.name === 'cpu' ? '10000' : '60000'), 1)
  const seed = count('seed', options.seed, 0)
  const directory = resolve(options.out ?? freeFolder())
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  console.log(`backend ${backend.name} · ${tokens} sampled tokens an arm · seed ${seed} · ${directory}\n`)
  const summaries = await runArms(directory, { seed, tokens, backend: backend.name, resume: options.resume, signal: stop.signal })
  await writeComparison(directory, summaries)
  const curves = Object.entries(summaries).map(([name, { evaluations }]) => ({
    name,
    points: evaluations.flatMap(({ tokens: at, metrics }) => (metrics['eval/critique_free'] === undefined ? [] : [[at, metrics['eval/critique_free']] as const])),
  }))
  const colours = process.stdout.hasColors?.() === true
  console.log(`\n${colours ? drawCurves(curves) : ''}\n${table(summaries)}\n\nEverything is in ${directory}: one run folder an arm, summary.json.`)
}

main().catch((error: unknown) => {
  const usage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error(isIcrlError(error) || usage ? `icrl quickstart: ${(error as Error).message.split('\n')[0]}${usage ? ' See --help.' : ''}` : error)
  process.exitCode = 1
})
