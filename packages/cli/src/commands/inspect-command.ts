import type { Command } from 'commander'
import { IcrlError } from '@icrl/core'
import { findVocabulary, readRun, readSamples, type StoredSample } from '@icrl/report'
import { requireRun } from '../config/no-run.ts'
import { EXIT } from '../exit-code.ts'
import { inspectedRun } from './inspect/inspect-run.ts'
import { inspectedSample } from './inspect/inspect-sample.ts'
import { inspectedStep, inspectedTask } from './inspect/inspect-step.ts'
import { wholeNumber } from './parse-number.ts'

interface InspectFlags {
  readonly step?: number
  readonly task?: string
  readonly sample?: string
}

const EXAMPLES = `
Examples:
  icrl inspect runs/first                               its steps, and advice
  icrl inspect runs/first --step 12                     groups of the step, with their rewards
  icrl inspect runs/first --step 12 --task q7           sessions of the task: prompts, answers, rewards
  icrl inspect runs/first --step 12 --sample ID         a sample, token by token`

/** `icrl inspect` */
export function inspectCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('inspect')
    .argument('<run>', 'folder of a run, finished or not')
    .description('look into a run: its steps, a group, a session, a token')
    .option('--step <n>', 'samples of this step', wholeNumber(0))
    .option('--task <id>', 'sessions of this task')
    .option('--sample <id>', 'this sample, token by token')
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, flags: InspectFlags) => {
      process.stdout.write(`${await inspected(folder, flags)}\n`)
      finish(EXIT.done)
    })
}

async function inspected(folder: string, { step, task, sample }: InspectFlags): Promise<string> {
  await requireRun(folder)
  const run = await readRun(folder)
  if (step === undefined) {
    if (task === undefined && sample === undefined) return inspectedRun(run)
    throw new IcrlError('icrl inspect: no step is given.', {
      code: 'invalid-option',
      remedy: `Add --step; samples are stored of ${stepsInWords(run.sampleSteps)}.`,
    })
  }
  if (!run.sampleSteps.includes(step))
    throw new IcrlError(`${folder} has no samples of step ${step}.`, {
      code: 'missing-file',
      remedy: `Samples are stored of ${stepsInWords(run.sampleSteps)}.`,
    })
  const samples: StoredSample[] = []
  for await (const one of readSamples(folder, step)) samples.push(one)
  if (sample !== undefined) {
    const [found] = chosen(samples, ({ id }) => id, '--sample', sample)
    return inspectedSample(found, await findVocabulary(folder))
  }
  if (task === undefined) return inspectedStep(samples, await findVocabulary(folder))
  return inspectedTask(chosen(samples, ({ keys }) => keys.task, '--task', task))
}

function chosen(
  samples: readonly StoredSample[],
  nameOf: (sample: StoredSample) => string,
  flag: string,
  wanted: string,
): StoredSample[] {
  const found = samples.filter((one) => nameOf(one) === wanted)
  if (found.length > 0) return found
  const names = [...new Set(samples.map(nameOf))]
  throw new IcrlError(`${flag}: the step has no "${wanted}".`, {
    code: 'invalid-option',
    remedy: `It has ${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}.`,
  })
}

function stepsInWords(steps: readonly number[]): string {
  return steps.length === 0 ? 'no step' : `steps ${steps[0]} to ${steps[steps.length - 1]}`
}
