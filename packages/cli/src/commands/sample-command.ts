import { drawStream } from '@icrl/core'
import type { Command } from 'commander'
import { openModel } from '../config/open-model.ts'
import { EXIT } from '../exit-code.ts'
import { nonNegativeNumber, positiveNumber, wholeNumber } from './parse-number.ts'

interface SampleFlags {
  readonly system?: string
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
  icrl sample runs/first "What is 17 + 25?"
  icrl sample models/Qwen3-0.6B "Name three rivers." --temperature 0.7 --count 3`

/** `icrl sample` */
export function sampleCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('sample')
    .argument('<run>', 'folder of a run or of a Hugging Face model, or hf:owner/name')
    .argument('<prompt>', 'what to say to it')
    .description('ask a model a question')
    .option('--system <text>', 'system message')
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

async function runSample(
  run: string,
  prompt: string,
  { system, checkpoint, temperature, topP, maxTokens, count, seed, backend, json }: SampleFlags,
): Promise<number> {
  await using model = await openModel(run, { backend, checkpoint })
  const { policy, renderer } = model
  const ids = renderer.start([
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
