import { parseArgs } from 'node:util'
import { IcrlError } from '@icrl/core'

export const HELP = `Trains a small language model on grade-school problems (GSM8K) with ICRL and shows what it says.

  npx tsx --conditions=@icrl/source examples/gsm8k/src/main.ts --data train.jsonl

  --data FILE           GSM8K's train.jsonl (default: $ICRL_DATA); from github.com/openai/grade-school-math
  --model DIR           Hugging Face folder (default: $ICRL_TEST_MODEL, else ~/.cache/icrl-models/smollm2)
  --out DIR             the run's folder (default: runs/gsm8k, or the next free name)
  --steps N             training steps (default: 2)
  --questions N         questions per step (default: 2)
  --sessions N          sessions per question (default: 4)
  --calculations N      longest solutions, in calculation steps (default: 2)
  --attempt-tokens N    longest attempt (default: 96)
  --critique-tokens N   longest critique (default: 48)
  --learning-rate X     (default: 1e-6)
  --seed N              seed of everything drawn (default: 0)
  --backend NAME        auto, tensorflow, native-cpu or cpu (default: auto)
  --help                this text`

const OPTIONS = {
  data: { type: 'string' },
  model: { type: 'string' },
  out: { type: 'string' },
  steps: { type: 'string', default: '2' },
  questions: { type: 'string', default: '2' },
  sessions: { type: 'string', default: '4' },
  calculations: { type: 'string', default: '2' },
  'attempt-tokens': { type: 'string', default: '96' },
  'critique-tokens': { type: 'string', default: '48' },
  'learning-rate': { type: 'string', default: '1e-6' },
  seed: { type: 'string', default: '0' },
  backend: { type: 'string', default: 'auto' },
  help: { type: 'boolean', default: false },
} as const

/** Options of the command. */
export interface Options {
  readonly data?: string
  readonly model?: string
  readonly out?: string
  readonly steps: number
  readonly questionsPerStep: number
  readonly sessionsPerQuestion: number
  readonly maxCalculations: number
  readonly attemptTokens: number
  readonly critiqueTokens: number
  readonly learningRate: number
  readonly seed: number
  readonly backend: string
}

/**
 * Reads the command's arguments; undefined if help was asked for.
 *
 * @throws IcrlError `invalid-option` naming the option
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const values = readValues(args)
  if (values.help) return undefined
  const count = (
    name:
      | 'steps'
      | 'questions'
      | 'sessions'
      | 'calculations'
      | 'attempt-tokens'
      | 'critique-tokens'
      | 'seed',
    least = 1,
  ): number => wholeNumber(name, values[name], least)
  return {
    data: values.data,
    model: values.model,
    out: values.out,
    steps: count('steps'),
    questionsPerStep: count('questions'),
    sessionsPerQuestion: count('sessions'),
    maxCalculations: count('calculations'),
    attemptTokens: count('attempt-tokens'),
    critiqueTokens: count('critique-tokens'),
    learningRate: positiveNumber('learning-rate', values['learning-rate']),
    seed: count('seed', 0),
    backend: values.backend,
  }
}

function readValues(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values
  } catch (cause) {
    const [sentence] = (cause as Error).message.split(/\. (?=To specify)/)
    throw new IcrlError(`${sentence.replace(/\.$/, '')}.`, {
      code: 'invalid-option',
      remedy: 'See --help.',
      cause,
    })
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value
  throw new IcrlError(`--${name} is "${text}".`, {
    code: 'invalid-option',
    remedy: `Use a whole number of ${least} or more.`,
  })
}

function positiveNumber(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value < Infinity) return value
  throw new IcrlError(`--${name} is "${text}".`, {
    code: 'invalid-option',
    remedy: 'Use a number above 0.',
  })
}
