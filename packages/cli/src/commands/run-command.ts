import { join } from 'node:path'
import { IcrlError } from '@icrl/core'
import { combineHooks, program, type ProgramHooks, type ProgramResult } from '@icrl/trainer'
import { logSink } from '@icrl/trainer/node'
import type { Command } from 'commander'
import {
  buildProgram,
  loadProgram,
  loadStoredProgram,
  type ProgramOverrides,
} from '../config/build-program.ts'
import { EXIT } from '../exit-code.ts'
import { liveLines } from '../progress/live-lines.ts'
import { progressPrinter, type ProgressPrinter } from '../progress/progress-printer.ts'
import { countInWords, durationInWords } from '../progress/words.ts'
import { pauseOnInterrupt, reportOn, requireOut } from '../run-training.ts'
import { shellWord } from '../shell-word.ts'
import { positiveNumber, wholeNumber } from './parse-number.ts'

interface RunFlags extends ProgramOverrides {
  readonly out?: string
  readonly resume?: boolean
  readonly maxMinutes?: number
  readonly json?: boolean
  readonly quiet?: boolean
  readonly report: boolean
}

const EXAMPLES = `
Examples:
  icrl run program.ts --out runs/staged
  icrl run program.ts --out runs/staged-1 --seed 1
  icrl run --out runs/staged --resume

A program has model (one, or several by the names of their policies), roles and script; optional are seed, backend,
backendLoaders, optimizer, concurrency, sessionTimeoutMs, renderer and engine. The script's steps have names, and each
has a folder in --out: those that have finished are not run again when the program is resumed.

Ctrl-C stops at the next step boundary, or drops the sessions that are running; a second one stops at once. Code that
never yields, such as a verifier in an endless loop, ends only with kill -9.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 paused (resume it), 130 stopped at once.`

/** `icrl run` */
export function runCommand(command: Command, finish: (code: number) => void): void {
  command
    .command('run')
    .description('run a program: a method of several stages, as named steps')
    .argument('[program]', 'TypeScript or JavaScript file (with --resume: taken from the folder)')
    .option('-o, --out <dir>', 'the program’s folder')
    .option('--resume', 'continue the program in the folder')
    .option('--backend <name>', 'TensorFlow.js backend, instead of the program’s')
    .option('--seed <n>', 'seed, instead of the program’s', wholeNumber(0))
    .option(
      '--max-minutes <n>',
      'pause at the first step boundary after this many minutes',
      positiveNumber,
    )
    .option('--json', 'print the summary as JSON on standard output')
    .option('-q, --quiet', 'no progress')
    .option('--no-report', 'no report.html at the end')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string | undefined, flags: RunFlags) =>
      finish(await runProgramFile(file, flags)),
    )
}

async function runProgramFile(file: string | undefined, flags: RunFlags): Promise<number> {
  const { resume = false, maxMinutes, json, quiet, seed, backend } = flags
  const out = requireOut('icrl run', flags.out)
  if (file === undefined && !resume)
    throw new IcrlError('icrl run: no program is given.', {
      code: 'invalid-option',
      remedy: 'Give its file: icrl run FILE --out DIR.',
    })
  const stored = resume
    ? await loadStoredProgram(out, file)
    : { loaded: await loadProgram(file!), overrides: {} }
  await using built = await buildProgram(stored.loaded, out, {
    ...stored.overrides,
    ...(seed !== undefined && { seed }),
    ...(backend !== undefined && { backend }),
  })
  const lines = liveLines(process.stderr)
  const toGoOn = `icrl run --out ${shellWord(out)} --resume`
  const pause = pauseOnInterrupt({ note: (line) => lines.print(line) }, toGoOn)
  try {
    const result = await program(
      {
        ...built.options,
        ...hooksOf(out, quiet === true),
        resume,
        maxMinutes,
        signal: pause.signal,
      },
      built.script,
    )
    return await conclude(result, { out, toGoOn, json, report: flags.report })
  } finally {
    pause.release()
  }
}

/** Shows the steps as they go, and the progress of those that train. */
function hooksOf(out: string, quiet: boolean): ProgramHooks {
  let training: ProgressPrinter | undefined
  const lines = liveLines(process.stderr)
  const note = (line: string): void => {
    if (!quiet) lines.print(line)
  }
  return {
    onBegin: ({ name, kind }) => note(`${kind} ${name}`),
    onEnd({ step: { name }, skipped }) {
      training?.done()
      training = undefined
      if (skipped) note(`${name}: done before`)
    },
    trainHooks(name, stop) {
      const log = logSink(join(out, name, 'run.log'), {})
      if (quiet) return log
      training = progressPrinter({ stop, label: name })
      return combineHooks(training, log)
    },
  }
}

async function conclude(
  { summary, finished }: ProgramResult,
  {
    out,
    toGoOn,
    json,
    report,
  }: Pick<RunFlags, 'json' | 'report'> & { readonly out: string; readonly toGoOn: string },
): Promise<number> {
  const { steps, tokens_sampled, wall_seconds, unused = [] } = summary
  const note = (line: string): void => void process.stderr.write(`${line}\n`)
  if (finished && report && steps.some(({ kind }) => kind === 'train'))
    await reportOn(out, { note })
  if (unused.length > 0)
    note(`In ${out}, but not in the program: ${unused.join(', ')}. Their tokens are not counted.`)
  if (json) process.stdout.write(`${JSON.stringify({ ...summary, finished })}\n`)
  else if (finished)
    process.stdout.write(
      `${steps.length} steps, ${countInWords(tokens_sampled)} tokens, ${durationInWords(wall_seconds)}; ${out}\n`,
    )
  if (!finished) note(`Paused after ${steps.length} steps. To go on: ${toGoOn}`)
  return finished ? EXIT.done : EXIT.paused
}
