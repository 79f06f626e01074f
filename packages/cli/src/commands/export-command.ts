import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IcrlError, isIcrlError } from '@icrl/core'
import { readRun, readSamples, type StoredSample } from '@icrl/report'
import { chatMessages, chatTools } from '@icrl/rollout/openai'
import { Option, type Command } from 'commander'
import { partCalled } from '../config/named-methods.ts'
import { requireRun } from '../config/no-run.ts'
import { EXIT } from '../exit-code.ts'
import { wholeNumber } from './parse-number.ts'

interface ExportFlags {
  readonly out?: string
  readonly format: string
  readonly from: number
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl export runs/agent --out passed.jsonl
  icrl sft --model models/Qwen3-0.6B --data passed.jsonl --out runs/imitation
  icrl export runs/agent --format messages --out conversations.jsonl

A line is one sample of an attempt that succeeded, without guidance. ids: { "id", "task", "prompt", "response", "mask", "logprobs" },
exactly what was sampled. messages: { "messages", "tools" } in OpenAI's format, for other trainers; only runs of agents have them.`

/** What a line of each format is. */
const FORMATS: Readonly<Record<string, (sample: StoredSample) => object>> = {
  ids: idsOf,
  messages: messagesOf,
}

/** `icrl export` */
export function exportCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('export')
    .argument('<run>', 'folder of the run')
    .description('write the attempts that succeeded as data for supervised training')
    .option('-o, --out <file>', 'the data, JSONL')
    .addOption(
      new Option('--format <name>', 'of the lines').choices(Object.keys(FORMATS)).default('ids'),
    )
    .option('--from <step>', 'the first step to take, from 0', wholeNumber(0), 0)
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, flags: ExportFlags) => finish(await runExport(run, flags)))
}

async function runExport(
  directory: string,
  { out, format, from, json }: ExportFlags,
): Promise<number> {
  if (out === undefined)
    throw new IcrlError('icrl export: no file is given.', {
      code: 'invalid-option',
      remedy: 'Give --out FILE.',
    })
  const lineOf = partCalled('--format', FORMATS, format)
  await requireRun(directory)
  const { sampleSteps } = await readRun(directory)
  const counts = { samples: 0, passed: 0, tokens: 0 }
  await writeWhole(out, async (write) => {
    for (const step of sampleSteps.filter((each) => each >= from))
      for await (const sample of readSamples(directory, step)) {
        counts.samples++
        const tokens = sample.mask.reduce((sum, one) => sum + one, 0)
        if (sample.success !== true || tokens === 0) continue
        counts.passed++
        counts.tokens += tokens
        await write(`${JSON.stringify(lineOf(sample))}\n`)
      }
    if (counts.passed === 0) throw nothingPassed(directory, counts.samples)
  })
  process.stdout.write(
    json
      ? `${JSON.stringify({ file: out, ...counts })}\n`
      : `${out}: ${counts.passed} of ${counts.samples} samples succeeded, ${counts.tokens} tokens to learn\n`,
  )
  return EXIT.done
}

function idsOf(sample: StoredSample): object {
  const { id, keys, trainedUnder, response, mask, oldLogprobs, behaviorLogprobs } = sample
  return {
    id,
    task: keys.task,
    prompt: Array.from(trainedUnder),
    response: Array.from(response),
    mask: Array.from(mask),
    logprobs: Array.from(oldLogprobs ?? behaviorLogprobs),
  }
}

function messagesOf({ id, keys, dialogue }: StoredSample): object {
  if (!dialogue)
    throw new IcrlError(`sample ${id} has no messages: it is not an agent's.`, {
      code: 'unsupported',
      remedy: 'Use --format ids, which every run has.',
    })
  const { messages, tools } = dialogue
  return {
    id,
    task: keys.task,
    messages: chatMessages(messages),
    ...(tools.length > 0 && { tools: chatTools(tools) }),
  }
}

function nothingPassed(directory: string, samples: number): IcrlError {
  return new IcrlError(`${directory}: none of ${samples} samples succeeded.`, {
    code: 'empty-tasks',
    remedy: 'Take a run or steps (--from) with attempts that succeed.',
  })
}

/**
 * Writes a file that is there once it is whole, and not before.
 *
 * @throws `write-failed`; an `IcrlError` of `fill` as it is
 */
async function writeWhole(
  path: string,
  fill: (write: (text: string) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const partial = `${path}.${process.pid}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(partial, 'w')
    try {
      await fill((text) => file.write(text))
    } finally {
      await file.close()
    }
    await rename(partial, path)
  } catch (cause) {
    await rm(partial, { force: true })
    if (isIcrlError(cause)) throw cause
    throw new IcrlError(`--out: ${path} cannot be written.`, {
      code: 'write-failed',
      remedy: 'Give a path that can be written, on a disk with room.',
      cause,
    })
  }
}
