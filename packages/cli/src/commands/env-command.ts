import { IcrlError } from '@icrl/core'
import { checkHousehold, formatHouseholdCheck } from '@icrl/environments'
import { readLines } from '@icrl/environments/node'
import { serve, serveOpenenv, type RunningServer } from '@icrl/environments/server'
import { Option, type Command } from 'commander'
import { partCalled } from '../config/named-methods.ts'
import { addDataOptions } from '../environments/environment-data.ts'
import { namedApps, namedEnvironments, type ServeData } from '../environments/named-environments.ts'
import { openEnvironment } from '../environments/open-environment.ts'
import { EXIT } from '../exit-code.ts'
import { portNumber, wholeNumber } from './parse-number.ts'
import { secretIn } from './secret-in.ts'
import { untilInterrupted } from './until-interrupted.ts'

interface ServeFlags extends ServeData {
  readonly port: number
  readonly ports: number
  readonly host: string
  readonly tokenEnv?: string
  readonly protocol: 'agentgym' | 'openenv'
}

/** Serves an environment by its name. */
type Serve = (name: string, flags: Omit<ServeFlags, 'protocol'>) => Promise<RunningServer>

const PROTOCOLS: Readonly<Record<ServeFlags['protocol'], Serve>> = {
  agentgym: async (name, { port, ports, host, tokenEnv, ...data }) => {
    const app = await partCalled('icrl serve-env', namedApps, name)(data)
    return serve(app, { port, ports, host, token: secretIn(tokenEnv) })
  },
  openenv: async (name, { port, ports, host, tokenEnv, ...data }) => {
    if (ports > 1)
      throw new IcrlError('icrl serve-env: OpenEnv’s clients know one port.', {
        code: 'invalid-option',
        remedy: 'Leave --ports out: one port holds all sessions.',
      })
    const { environment } = await openEnvironment('icrl serve-env', name, data)
    return serveOpenenv(environment, { port, host, token: secretIn(tokenEnv) })
  },
}

/** Replays recorded games and counts what differs. */
type Check = (file: string) => Promise<{ readonly differences: number; readonly text: string }>

const CHECKS: Readonly<Record<string, Check>> = {
  household: async (file) => {
    const check = await checkHousehold(readLines(file))
    if (check.rows === 0)
      throw new IcrlError(`${file}: no recorded games.`, {
        code: 'empty-tasks',
        remedy: 'Give a file with a game and its transcripts per line.',
      })
    return { differences: check.differences, text: formatHouseholdCheck(check) }
  },
}

const CHECK_EXAMPLES = `
Example:
  icrl env check household games.jsonl.gz

Exits with 1 where anything differs.`

const SERVE_EXAMPLES = `
Examples:
  icrl serve-env textcraft --port 36001
  icrl serve-env household --games alfworld/train --port 36001 --ports 8
  icrl serve-env searchqa --corpus 2wiki_corpus.jsonl --questions 2wiki_questions.jsonl
  icrl serve-env shop --catalog items_shuffle_1000.json --attributes items_ins_v2_1000.json
  icrl serve-env retriever --corpus 2wiki_corpus.jsonl --port 8000
  icrl serve-env textcraft --protocol openenv --port 8000
  icrl serve-env ./my-environment.ts --protocol openenv

Speaks AgentGym's protocol, or OpenEnv's, which TRL trains on. Ctrl-C ends it.`

/** `icrl env check` */
export function envCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('env')
    .description('check environments')
    .command('check')
    .argument('<name>', `one of ${Object.keys(CHECKS).join(', ')}`)
    .argument('<file>', 'recorded games, JSONL, gzip allowed')
    .description('replay recorded games and show what differs')
    .addHelpText('after', CHECK_EXAMPLES)
    .action(async (name: string, file: string) => {
      const { differences, text } = await partCalled('icrl env check', CHECKS, name)(file)
      process.stdout.write(`${text}\n`)
      finish(differences > 0 ? EXIT.failed : EXIT.done)
    })
}

/** `icrl serve-env` */
export function serveEnvCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('serve-env')
    .argument(
      '<name>',
      `one of ${Object.keys(namedApps).join(', ')}; with --protocol openenv one of ${Object.keys(namedEnvironments).join(', ')}, or a file that exports an environment`,
    )
    .description('serve an environment over AgentGym’s or OpenEnv’s protocol')
    .addOption(
      new Option('--protocol <name>', 'what clients speak')
        .choices(Object.keys(PROTOCOLS))
        .default('agentgym'),
    )
    .option('-p, --port <n>', 'first port; 0 takes any free one', portNumber, 36001)
    .option('--ports <n>', 'ports, from the first on', wholeNumber(1), 1)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--token-env <name>', 'environment variable with a secret that requests must carry')
    .option('--close', 'household: answer /close too, which the original does not')
  addDataOptions(command)
  command
    .addHelpText('after', SERVE_EXAMPLES)
    .action(async (name: string, flags: ServeFlags) => finish(await runServer(name, flags)))
}

async function runServer(name: string, { protocol, ...flags }: ServeFlags): Promise<number> {
  const server = await PROTOCOLS[protocol](name, flags)
  process.stdout.write(`READY ${server.urls.join(' ')}\n`)
  await untilInterrupted()
  await server.close()
  return EXIT.done
}
