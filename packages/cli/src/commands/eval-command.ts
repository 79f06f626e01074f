import { IcrlError } from '@icrl/core'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { addDataOptions } from '../environments/environment-data.ts'
import { namedEnvironments } from '../environments/named-environments.ts'
import { EXIT } from '../exit-code.ts'
import type { EvaluateEnvironmentFlags } from './eval/evaluate-environment.ts'
import type { EvaluateRunFlags } from './eval/evaluate-run.ts'
import { nonNegativeNumber, positiveNumber, wholeNumber } from './parse-number.ts'

interface EvalFlags
  extends EvaluateRunFlags, Omit<EvaluateEnvironmentFlags, keyof EvaluateRunFlags> {
  readonly env?: string
  readonly policy?: string
  readonly backend?: string
}

const EXAMPLES = `
Examples:
  icrl eval runs/first                     the trained model on the run’s held-out tasks
  icrl eval runs/first --checkpoint 20     the model after 20 steps
  icrl eval runs/first --rounds 3          with 3 rounds of critique: lift, leaks, harm
  icrl eval runs/first --samples 8         8 answers per task: also gives pass@2, 4 and 8
  icrl eval --env household --policy runs/first --rounds 2
  icrl eval --env textcraft --policy models/Qwen3-0.6B --rounds 2 --critic openai:http://127.0.0.1:8200/v1
  icrl eval --env wordle --policy openai:http://127.0.0.1:8200/v1#qwen3-8b --tasks 16
  icrl eval --env math --test-problems gsm8k_test.jsonl --policy openai:https://api.openai.com/v1#gpt-5-mini --api-key-env OPENAI_API_KEY
  icrl eval --env sciworld --server http://127.0.0.1:36001 --policy models/Qwen3-4B
  icrl eval --env ./my-environment.ts --policy runs/first

A policy or critic is a folder (a run, a Hugging Face model) or openai:<base-url>[#model], any OpenAI-compatible endpoint. Sessions that fail are
counted apart and enter no figure. Exit codes: 0 done, 1 failed (also if every session failed), 2 wrong usage.`

/** `icrl eval` */
export function evalCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('eval')
    .argument('[run]', 'folder of the run')
    .description('evaluate a run’s model on its held-out tasks, or any policy in an environment')
    .option(
      '--rounds <k>',
      'most attempts per session, with critiques between them; default: the run’s, 1 with --env',
      wholeNumber(1),
    )
    .option('--samples <n>', 'sessions per task, instead of the configuration’s', wholeNumber(1))
    .option(
      '--checkpoint <n>',
      'weights after this many steps, instead of the trained model’s',
      wholeNumber(0),
    )
    .option('--seed <n>', 'seed, instead of the configuration’s', wholeNumber(0))
    .option('--backend <name>', 'TensorFlow.js backend, instead of the configuration’s')
    .option('--out <file>', 'write every session with its transcript, JSONL')
    .option('--json', 'print the figures as JSON')
    .optionsGroup('Of a run:')
    .option('-c, --config <file>', 'run configuration, where the run does not name one')
    .option('--set <name>', 'one of its sets of held-out tasks; default: all')
  addEnvironmentOptions(command)
  addDataOptions(command)
  command
    .addHelpText('after', EXAMPLES)
    .action(async (run: string | undefined, flags: EvalFlags) => finish(await runEval(run, flags)))
}

function addEnvironmentOptions(command: Command): void {
  command
    .optionsGroup('In an environment:')
    .option(
      '--env <name>',
      `${Object.keys(namedEnvironments).join(', ')}, or a file that exports an environment`,
    )
    .option('--policy <where>', 'the policy that plays: a folder, or openai:<base-url>[#model]')
    .option(
      '--critic <where>',
      'the critic: a folder, openai:…, or none for plain retries; default: the policy itself',
    )
    .option(
      '--server <urls>',
      'addresses of AgentGym servers that hold the environment, comma-separated',
    )
    .option('--items <file>', 'with --server: AgentGym’s list of the tasks to play, JSONL')
    .option('--tasks <n>', 'most tasks, drawn by the seed', wholeNumber(1), 64)
    .addOption(
      new Option('--split <name>', 'default: test, or train where there is no test').choices([
        'train',
        'test',
      ]),
    )
    .option('--temperature <t>', '0 takes the most likely token', nonNegativeNumber, 0.6)
    .option('--top-p <p>', 'nucleus mass', share, 0.95)
    .option('--max-tokens <n>', 'tokens per turn', wholeNumber(1), 512)
    .option('--critique-tokens <n>', 'tokens per critique', wholeNumber(1), 512)
    .option(
      '--context <n>',
      'tokens of a conversation; default: what the model takes',
      wholeNumber(1),
    )
    .option('--turns <n>', 'turns per attempt, instead of the environment’s', wholeNumber(1))
    .option(
      '--repeats <n>',
      'identical actions in a row that end an attempt; default: 3, no limit in mazes',
      wholeNumber(1),
    )
    .option('--concurrency <n>', 'sessions that run at once', wholeNumber(1), 8)
    .option('--blind-critic', 'do not tell the critic how the attempt ended, as at deployment')
    .option('--no-thinking', 'switch a local model’s thinking off (Qwen3)')
    .optionsGroup('Endpoints:')
    .option(
      '--api-key-env <name>',
      'environment variable that holds the key; default: no key is sent',
    )
    .option('--request-timeout <s>', 'seconds a request may take', positiveNumber, 120)
    .option(
      '--retries <n>',
      'further tries after 429, 5xx, time-outs and lost connections',
      wholeNumber(0),
      4,
    )
    .option(
      '--omit <fields>',
      'fields that the model does not take, comma-separated: temperature,top_p,seed',
      (text: string) => text.split(',').map((field) => field.trim()),
    )
    .option('--body <json>', 'further fields of every request, such as {"top_k":0}', jsonObject)
}

async function runEval(
  run: string | undefined,
  { env, policy, ...flags }: EvalFlags,
): Promise<number> {
  const refuse = (what: string, remedy: string): IcrlError =>
    new IcrlError(`icrl eval: ${what}`, { code: 'invalid-option', remedy })
  if (run !== undefined && env !== undefined)
    throw refuse(
      'both a run and an environment are given.',
      'To let a run’s model play: icrl eval --env NAME --policy RUN.',
    )
  if (run === undefined && env === undefined)
    throw refuse(
      'nothing to evaluate is given.',
      'Give the folder of a run, or --env NAME --policy PATH.',
    )
  if (env === undefined && policy !== undefined)
    throw refuse('--policy is given without --env.', 'Give --env NAME.')
  if (env !== undefined && policy === undefined)
    throw refuse(
      'no policy is given.',
      'Give --policy PATH, or --policy openai:<base-url>[#model].',
    )
  const text =
    env === undefined
      ? await (await import('./eval/evaluate-run.ts')).evaluateRun(run!, flags)
      : await (
          await import('./eval/evaluate-environment.ts')
        ).evaluateEnvironment(env, policy!, flags)
  process.stdout.write(`${text}\n`)
  return EXIT.done
}

function share(text: string): number {
  const value = positiveNumber(text)
  if (value <= 1) return value
  throw new InvalidArgumentError('Expected a number above 0, at most 1.')
}

function jsonObject(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Reported below, like any other value that is not an object.
  }
  throw new InvalidArgumentError('Expected a JSON object.')
}
