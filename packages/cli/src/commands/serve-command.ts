import { IcrlError } from '@icrl/core'
import { createGateway } from '@icrl/gateway'
import { isLoopback, listen } from '@icrl/serve'
import { type Command, Option } from 'commander'
import { openModel } from '../config/open-model.ts'
import { EXIT } from '../exit-code.ts'
import { nonNegativeNumber, portNumber, positiveNumber, wholeNumber } from './parse-number.ts'
import { secretIn } from './secret-in.ts'
import { serveTinker } from './serve-tinker.ts'
import { untilInterrupted } from './until-interrupted.ts'

interface ServeFlags {
  readonly policy: string
  readonly port: number
  readonly host: string
  readonly tokenEnv?: string
  readonly name?: string
  readonly checkpoint?: number
  readonly temperature: number
  readonly topP: number
  readonly maxTokens?: number
  readonly seed: number
  readonly backend?: string
  readonly tinker?: boolean
  readonly checkpoints: string
  readonly weights: 'float32' | 'bf16'
}

const EXAMPLES = `
Examples:
  icrl serve --policy runs/first
  icrl serve --policy models/Qwen3-0.6B --port 8000 --temperature 0.7
  ICRL_TOKEN=… icrl serve --policy runs/first --host 0.0.0.0 --token-env ICRL_TOKEN
  icrl serve --policy models/Qwen3-0.6B --tinker

Speaks OpenAI's chat completions and responses and Anthropic's messages; with --tinker the Tinker protocol, over which
Python's tinker SDK trains adapters of the model. Requests carry the token
that it prints, or the one of --token-env. Ctrl-C ends it.`

/** `icrl serve` */
export function serveCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('serve')
    .description('serve a model to OpenAI and Anthropic clients, or for training by the Tinker SDK')
    .requiredOption('--policy <path>', 'folder of a run, or of a Hugging Face model')
    .option('-p, --port <n>', 'port; 0 takes any free one', portNumber, 8000)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--token-env <name>', 'environment variable with the token; default: a new token')
    .option(
      '--name <text>',
      'name of the model for clients; default: icrl, with --tinker the model’s',
    )
    .option(
      '--checkpoint <n>',
      'weights after this many steps, instead of the trained model’s',
      wholeNumber(0),
    )
    .option('--temperature <t>', 'where a client sets none', nonNegativeNumber, 1)
    .option('--top-p <p>', 'nucleus mass where a client sets none', positiveNumber, 1)
    .option('--max-tokens <n>', 'tokens of an answer where a client sets none', wholeNumber(1))
    .option('--seed <n>', 'seed of the draws of sessions', wholeNumber(0), 0)
    .option('--backend <name>', 'TensorFlow.js backend; default: auto')
    .optionsGroup('Training over the Tinker protocol:')
    .option('--tinker', 'serve it for training')
    .option('--checkpoints <dir>', 'folder of what clients save', 'tinker-checkpoints')
    .addOption(
      new Option('--weights <kind>', 'how the base’s weights are kept')
        .choices(['float32', 'bf16'])
        .default('float32'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ServeFlags) => finish(await runServe(flags)))
}

async function runServe(flags: ServeFlags): Promise<number> {
  const { policy: path, port, host, name = 'icrl', backend, checkpoint, seed } = flags
  const token = secretIn(flags.tokenEnv)
  if (token === undefined && !isLoopback(host))
    throw new IcrlError(`icrl serve: other machines can reach ${host}, and no token is given.`, {
      code: 'invalid-option',
      remedy: 'Give --token-env, or listen on 127.0.0.1.',
    })
  if (flags.tinker)
    return serveTinker({
      ...flags,
      token,
      ...(token !== undefined && { shownToken: `$${flags.tokenEnv}` }),
    })
  await using model = await openModel(path, { backend, checkpoint })
  const { policy, renderer, contextLength } = model
  const { temperature, topP, maxTokens } = flags
  const defaults = { temperature, topP, ...(maxTokens !== undefined && { maxTokens }) }
  const gateway = createGateway({
    policy,
    renderer,
    contextLength,
    model: name,
    defaults,
    token,
    seed,
  })
  const server = await listen(gateway.fetch.bind(gateway), {
    port,
    host,
    isGuarded: true,
    maxBody: 2 ** 25,
  })
  const [url] = server.urls
  const shown = token === undefined ? gateway.token : `$${flags.tokenEnv}`
  process.stdout.write(
    `READY ${url}\nOPENAI_BASE_URL=${url}/v1\nOPENAI_API_KEY=${shown}\nANTHROPIC_BASE_URL=${url}\nANTHROPIC_API_KEY=${shown}\n`,
  )
  await untilInterrupted()
  await server.close()
  return EXIT.done
}
