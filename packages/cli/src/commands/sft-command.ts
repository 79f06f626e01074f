import { IcrlError } from '@icrl/core'
import type { Command } from 'commander'
import type { RunOverrides } from '../config/build-run.ts'
import { sftRun, type SftFlags } from '../config/sft-run.ts'
import { requireOut, runTraining, type TrainingFlags } from '../run-training.ts'
import { nonNegativeNumber, positiveNumber, wholeNumber } from './parse-number.ts'

interface SftCommandFlags
  extends Omit<SftFlags, 'model'>, Pick<RunOverrides, 'backend' | 'seed' | 'steps'>, TrainingFlags {
  readonly model?: string
  readonly data?: string
  readonly out?: string
}

const EXAMPLES = `
Examples:
  icrl sft --model models/Qwen3-0.6B --data conversations.jsonl --out runs/warm-start
  icrl sft --model models/Qwen3-0.6B --data hf:HuggingFaceH4/no_robots#train --out runs/warm-start
  icrl sft --model models/Qwen3-0.6B --data answers.jsonl --epochs 1 --learning-rate 2e-5 --out runs/warm-start

Each line of the data is { "messages": [...] } that end with what the assistant should say, or { "question", "answer" }, or
token ids as icrl export writes them.
To go on with a paused run: icrl train --out DIR --resume`

/** `icrl sft` */
export function sftCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('sft')
    .description('train a model on given answers (supervised fine-tuning), into a run folder')
    .option('--model <where>', 'Hugging Face folder, or hf:owner/name')
    .option('--data <file>', 'conversations: JSONL, Parquet, or hf:owner/name#split')
    .option('-o, --out <dir>', 'the run folder')
    .option('--epochs <n>', 'passes over the data', positiveNumber, 3)
    .option('--steps <n>', 'stop after this many steps, instead of --epochs', wholeNumber(1))
    .option('--batch <n>', 'conversations per step', wholeNumber(1), 16)
    .option('--learning-rate <r>', 'learning rate of AdamW', positiveNumber, 1e-5)
    .option('--weight-decay <r>', 'weight decay of AdamW', nonNegativeNumber, 0)
    .option('--seed <n>', 'seed of the data’s order', wholeNumber(0))
    .option('--backend <name>', 'TensorFlow.js backend')
    .option(
      '--max-minutes <n>',
      'pause at the first step boundary after this many minutes',
      positiveNumber,
    )
    .option('--csv', 'also write the metrics as a table, metrics.csv in the run folder')
    .option(
      '--tensorboard',
      'also write the metrics for TensorBoard, in the folder tensorboard of the run folder',
    )
    .option('--json', 'print the summary as JSON on standard output')
    .option('-q, --quiet', 'no progress')
    .option('--no-report', 'no report.html at the end')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SftCommandFlags) => finish(await runSft(flags)))
}

async function runSft({
  model,
  data,
  out,
  epochs,
  batch,
  learningRate,
  weightDecay,
  backend,
  seed,
  steps,
  ...flags
}: SftCommandFlags): Promise<number> {
  const folder = requireOut('icrl sft', out)
  if (model === undefined)
    throw new IcrlError('icrl sft: no model is given.', {
      code: 'invalid-option',
      remedy: 'Give --model DIR, a Hugging Face folder.',
    })
  if (data === undefined)
    throw new IcrlError('icrl sft: no data is given.', {
      code: 'invalid-option',
      remedy: 'Give --data FILE.',
    })
  const overrides = {
    ...(backend !== undefined && { backend }),
    ...(seed !== undefined && { seed }),
    ...(steps !== undefined && { steps }),
  }
  return runTraining({
    ...flags,
    loaded: await sftRun(data, { model, epochs, batch, learningRate, weightDecay }),
    overrides,
    out: folder,
  })
}
