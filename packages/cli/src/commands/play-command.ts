import { createInterface } from 'node:readline/promises'
import { isSuccess, type Environment, type Episode } from '@icrl/core'
import { Option, type Command } from 'commander'
import { colorsOf } from '../colors.ts'
import { addDataOptions } from '../environments/environment-data.ts'
import { namedEnvironments } from '../environments/named-environments.ts'
import {
  chooseTasks,
  openEnvironment,
  type OpenEnvironmentOptions,
} from '../environments/open-environment.ts'
import { remoteNames } from '../environments/remote-environments.ts'
import { EXIT } from '../exit-code.ts'

interface PlayFlags extends OpenEnvironmentOptions {
  readonly task?: string
  readonly split?: 'train' | 'test'
}

const EXAMPLES = `
Examples:
  icrl play textcraft
  icrl play shop --task 12
  icrl play household --games alfworld/valid_seen
  icrl play searchqa --corpus 2wiki_corpus.jsonl --test-questions 2wiki_questions.jsonl
  icrl play sciworld --server http://127.0.0.1:36001
  icrl play openenv --server http://127.0.0.1:8000
  icrl play ./my-environment.ts

Type one action per line. An empty line shows the instructions again; the end of the input (Ctrl-D) gives up.`

/** `icrl play` */
export function playCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('play')
    .argument(
      '<name>',
      `one of ${Object.keys(namedEnvironments).join(', ')}; with --server one of ${remoteNames.join(', ')}; or a file that exports an environment`,
    )
    .description('play an environment yourself')
    .option('--task <id>', 'task to play; default: the first of the split')
    .addOption(new Option('--split <name>', 'train or test').choices(['train', 'test']))
    .option('--server <url>', 'a server of AgentGym or OpenEnv that holds it')
    .option('--items <file>', 'with --server: AgentGym’s list of its tasks, JSONL')
  addDataOptions(command)
  command
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags: PlayFlags) => finish(await runPlay(name, flags)))
}

async function runPlay(name: string, { task, split, ...options }: PlayFlags): Promise<number> {
  const { environment } = await openEnvironment('icrl play', name, options)
  return playTask(environment, task ?? (await chooseTasks(environment, split, 'train')).ids[0])
}

async function playTask(environment: Environment, id: string): Promise<number> {
  const pc = colorsOf(process.stdout)
  const say = (text: string): boolean => process.stdout.write(`${text}\n`)
  const episode = await environment.open()
  try {
    const start = await episode.reset(id)
    say(
      `${environment.instructions}\n\n${pc.bold(`Task ${id}.`)} ${start.task}\n${start.observation}`,
    )
    return await playLines(environment, episode, say)
  } finally {
    await episode.close()
  }
}

/** Reads lines only now: those that came while nobody listened would be lost. */
async function playLines(
  environment: Environment,
  episode: Episode,
  say: (text: string) => void,
): Promise<number> {
  const pc = colorsOf(process.stdout)
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: pc.bold('> '),
  })
  // Input that has ended still has lines to read; Node 24 refuses to prompt for more.
  let isOpen = true
  lines.on('close', () => (isOpen = false))
  try {
    lines.prompt()
    let turns = 0
    for await (const line of lines) {
      if (line.trim() === '') say(environment.instructions)
      else {
        const step = await episode.step(environment.parseAction(line) ?? line.trim())
        const { observation, reward, done } = step
        turns++
        say(observation)
        if (done || turns >= environment.maxTurns) {
          say(
            pc.bold(`${isSuccess(step) ? 'Done' : 'Over'} after ${turns} turns, reward ${reward}.`),
          )
          return EXIT.done
        }
      }
      if (isOpen) lines.prompt()
    }
    say(`Given up after ${turns} turns.`)
    return EXIT.done
  } finally {
    lines.close()
  }
}
