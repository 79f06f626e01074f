import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { drawStream, IcrlError, type QuestionTask } from '@icrl/core'
import type { Command } from 'commander'
import { describeRun } from '../config/build-run.ts'
import { requireRun } from '../config/no-run.ts'
import { openModel } from '../config/open-model.ts'
import { loadStoredRun } from '../config/stored-run.ts'
import { EXIT } from '../exit-code.ts'
import { shellWord } from '../shell-word.ts'
import { nonNegativeNumber, positiveNumber, wholeNumber } from './parse-number.ts'
import { firstPrompts } from './plan/dry-play.ts'

interface SampleFlags {
  readonly system?: string
  readonly asTask?: boolean
  readonly checkpoint?: number
  readonly temperature: number
  readonly topP: number
  readonly maxTokens: number
  readonly count: number
  readonly seed: number
  readonly backend?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl sample runs/first "What is 17 + 25?" --as-task
  icrl sample models/Qwen3-0.6B "Name three rivers." --temperature 0.7 --count 3`

/** `icrl sample` */
export function sampleCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('sample')
    .argument('<run>', 'folder of a run or of a Hugging Face model, or hf:owner/name')
    .argument('<prompt>', 'what to say to it')
    .description('ask a model a question')
    .option('--system <text>', 'system message')
    .option('--as-task', 'of a run: put the question into the prompt of its task')
    .option(
      '--checkpoint <n>',
      'weights after this many steps, instead of the trained model’s',
      wholeNumber(0),
    )
    .option('--temperature <t>', '0 takes the most likely token', nonNegativeNumber, 0)
    .option('--top-p <p>', 'nucleus mass', positiveNumber, 1)
    .option('--max-tokens <n>', 'most tokens of an answer', wholeNumber(1), 256)
    .option('-n, --count <n>', 'how many answers', wholeNumber(1), 1)
    .option('--seed <n>', 'seed of the draws', wholeNumber(0), 0)
    .option('--backend <name>', 'TensorFlow.js backend; default: auto')
    .option('--json', 'print one JSON object per answer')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, prompt: string, flags: SampleFlags) =>
      finish(await runSample(run, prompt, flags)),
    )
}

async function runSample(run: string, prompt: string, flags: SampleFlags): Promise<number> {
  const { system, asTask, checkpoint, temperature, topP, maxTokens, count, seed, backend, json } =
    flags
  if (asTask && system !== undefined)
    throw new IcrlError('--as-task and --system exclude each other.', {
      code: 'invalid-option',
      remedy: 'The prompt of a task has the system message of its configuration.',
    })
  const ofTask = asTask ? await taskPrompt(run, prompt) : undefined
  await using model = await openModel(run, { backend, checkpoint })
  const { policy, renderer } = model
  if (!asTask && model.isRun)
    process.stderr.write(
      'The text is sent as it is; --as-task puts it into the prompt that the run trains.\n',
    )
  const ids =
    ofTask ??
    renderer.start([
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user', content: prompt },
    ])
  const answers = await Promise.all(
    Array.from({ length: count }, (_, session) =>
      policy.sample({
        prompt: ids,
        maxTokens,
        temperature,
        topP,
        stop: renderer.stop,
        draws: drawStream({
          seed,
          domain: 'eval',
          step: 0,
          task: 'sample',
          session,
          role: 'solver',
          round: 1,
          branch: 0,
          turn: 0,
        }),
      }),
    ),
  )
  for (const { tokens, finish } of answers) {
    const text = renderer.text(tokens)
    process.stdout.write(
      json
        ? `${JSON.stringify({ text, tokens: tokens.length, finish })}\n`
        : `${text}${finish === 'length' ? ' …' : ''}\n`,
    )
  }
  return EXIT.done
}

/**
 * A question as a run's task asks it.
 *
 * @throws `invalid-option` where its tasks are no questions; the errors of its configuration
 */
async function taskPrompt(run: string, question: string): Promise<Int32Array> {
  await requireRun(run)
  if (existsSync(join(run, 'tokenizer.json')))
    throw new IcrlError(`--as-task needs a run, and ${run} is a model.`, {
      code: 'invalid-option',
      remedy: 'Leave it out, and give the instructions with --system.',
    })
  const { loaded, overrides } = await loadStoredRun(run)
  const described = await describeRun(loaded, overrides)
  try {
    if (typeof (described.tasks[0] as Partial<QuestionTask>).question !== 'string')
      throw new IcrlError(`${run}: its tasks are no questions.`, {
        code: 'invalid-option',
        remedy: `Leave --as-task out; icrl eval ${shellWord(run)} tries its held-out tasks.`,
      })
    const task: QuestionTask = { id: 'sample', question, answer: '' }
    const prompts = await firstPrompts(described, task)
    return prompts.get('solver') ?? [...prompts.values()][0]
  } finally {
    await described.engine.abandon()
  }
}
