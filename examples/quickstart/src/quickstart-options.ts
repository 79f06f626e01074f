import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { IcrlError, nearestMatch } from '@icrl/core'
import { TASKS } from './run-arm.ts'

export const HELP = `Trains the arms of a task and compares them: ICRL, GRPO, ICRL with another question's critique, and ICRL with replay.

  npm run quickstart -- [options]

  --out DIR        where the runs go (default: runs/quickstart, or the next free name)
  --task NAME      chain (arithmetic, the default), small (the same, for plain JavaScript: the default without a native backend),
                   triple (appliances, many turns), or leak (what w_t is for)
  --tokens N       sampled training tokens per arm (default: 60000 for chain, 12000 for small, 240000 for the others)
  --questions N    held-out questions of each evaluation, from the first (default: 512; 64 for small)
  --seed N         first seed of everything drawn (default: 0)
  --seeds N        seeds per arm (default: 1); they run side by side, one thread each
  --jobs N         runs at a time (default: one per core if that makes several seeds faster, else 1); the results have the same bytes
  --backend NAME   auto, native-cpu, tensorflow or cpu (default: auto)
  --resume         go on with the runs in --out where they were stopped (default: the newest runs/quickstart)
  --help           this text

Examples:
  npm run quickstart -- --tokens 20000 --questions 128  a short look
  npm run quickstart -- --task triple --seeds 5         the appliances, with intervals over seeds`

/** Options of the command line. */
export interface QuickstartOptions {
  readonly help: boolean
  /** Default: what the backend can learn in minutes. */
  readonly task?: string
  readonly out: string
  readonly seeds: readonly number[]
  readonly tokens?: number
  /** Held-out questions of each evaluation, from the first. Default: all. */
  readonly questions?: number
  /** Default: a new folder is chosen. */
  readonly jobs?: number
  readonly backend: string
  readonly resume: boolean
}

/** @throws `invalid-option`; Node's `ERR_PARSE_ARGS_…` for options that do not exist */
export function parseQuickstartOptions(args: string[]): QuickstartOptions {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string' },
      tokens: { type: 'string' },
      questions: { type: 'string' },
      task: { type: 'string' },
      seed: { type: 'string', default: '0' },
      seeds: { type: 'string', default: '1' },
      jobs: { type: 'string' },
      backend: { type: 'string', default: 'auto' },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { task, help, backend, resume } = values
  if (task !== undefined && !Object.hasOwn(TASKS, task)) {
    const meant = nearestMatch(task, Object.keys(TASKS))
    throw new IcrlError(`--task is "${task}".`, {
      code: 'invalid-option',
      remedy: `${meant ? `Did you mean ${meant}? ` : ''}Use one of ${Object.keys(TASKS).join(', ')}.`,
    })
  }
  if (values.out?.trim() === '')
    throw new IcrlError('--out is empty.', { code: 'invalid-option', remedy: 'Name a folder.' })
  const first = count('seed', values.seed, 0)
  const seeds = Array.from({ length: count('seeds', values.seeds, 1) }, (_, i) => first + i)
  return {
    help,
    ...(task !== undefined && { task }),
    seeds,
    backend,
    resume,
    out: values.out ?? (resume ? newestFolder() : freeFolder()),
    ...(values.tokens !== undefined && { tokens: count('tokens', values.tokens, 1) }),
    ...(values.questions !== undefined && {
      questions: count('questions', values.questions, 1),
    }),
    ...(values.jobs !== undefined && { jobs: count('jobs', values.jobs, 1) }),
  }
}

function count(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== '') return value
  throw new IcrlError(`--${name} is "${text}".`, {
    code: 'invalid-option',
    remedy: `Use a whole number of ${least} or more.`,
  })
}

const BASE = join('runs', 'quickstart')

/** `runs/quickstart`, or the first of `runs/quickstart-2`, `-3` … that is free. */
function freeFolder(): string {
  let number = 1
  while (existsSync(numbered(number))) number++
  return numbered(number)
}

function newestFolder(): string {
  let number = 1
  while (existsSync(numbered(number + 1))) number++
  return numbered(number)
}

function numbered(number: number): string {
  return number === 1 ? BASE : `${BASE}-${number}`
}
