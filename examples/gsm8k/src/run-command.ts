import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { selectBackend } from '@icrl/backbone'
import { IcrlError, isIcrlError } from '@icrl/core'
import type { StepEvent } from '@icrl/trainer'
import { progressPrinter } from 'icrl'
import { describeStep } from './describe-step.ts'
import { findModel } from './find-model.ts'
import { HELP, parseOptions, type Options } from './parse-options.ts'
import { readProblems } from './read-problems.ts'
import { runGsm8k } from './run-gsm8k.ts'
import { sessionTranscript } from './transcript.ts'

/** Runs the example and returns its exit code; an expected error is one line on standard error. */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options) return await trainAsAsked(options)
    console.log(HELP)
    return 0
  } catch (error) {
    console.error(isIcrlError(error) ? `gsm8k: ${error.message}` : error)
    return 1
  }
}

async function trainAsAsked(options: Options): Promise<number> {
  const {
    maxCalculations,
    steps,
    questionsPerStep,
    sessionsPerQuestion,
    attemptTokens,
    critiqueTokens,
    learningRate,
    seed,
  } = options
  const problems = await readProblems(findData(options), maxCalculations)
  const model = findModel(options.model)
  const directory = resolve(options.out ?? freeFolder())
  const backend = await selectBackend(options.backend)
  if (backend.notice) console.log(backend.notice)
  console.log(
    `${problems.length} problems of at most ${maxCalculations} calculations · ${model} · backend ${backend.name} · ${directory}\n`,
  )
  const progress = progressPrinter({ stop: { steps }, label: 'gsm8k' })
  const { finished, summary } = await runGsm8k({
    ...progress,
    model,
    problems,
    directory,
    steps,
    questionsPerStep,
    sessionsPerQuestion,
    attemptTokens,
    critiqueTokens,
    learningRate,
    seed,
    signal: onceInterrupted(),
    platform: { backend: backend.name },
    onStep(event) {
      progress.onStep(event)
      progress.note(report(event))
    },
  })
  progress.done()
  console.log(
    `${finished ? 'Done' : 'Stopped'} after ${summary.steps} steps, ${summary.tokens_sampled} sampled tokens, ${summary.wall_seconds.toFixed(0)} s. Every session in words: ${join(directory, 'transcripts.md')}`,
  )
  return finished ? 0 : 130
}

function findData({ data = process.env.ICRL_DATA }: Options): string {
  if (data) return resolve(data)
  throw new IcrlError('No problems are given.', {
    code: 'missing-file',
    remedy:
      'Give --data FILE or ICRL_DATA: train.jsonl of github.com/openai/grade-school-math, folder grade_school_math/data.',
  })
}

/** `runs/gsm8k`, or the first of `runs/gsm8k-2`, `-3` … that is free. */
function freeFolder(): string {
  const base = join('runs', 'gsm8k')
  if (!existsSync(base)) return base
  let number = 2
  while (existsSync(`${base}-${number}`)) number++
  return `${base}-${number}`
}

function onceInterrupted(): AbortSignal {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  return stop.signal
}

/** The step's figures, and the first session of each question. */
function report(event: StepEvent): string {
  const shown = event.sessions.filter(({ session }) => session === 0)
  return [
    describeStep(event),
    ...shown.map((session) => `\n## ${session.task}\n\n${sessionTranscript(session)}`),
    '',
  ].join('\n')
}
