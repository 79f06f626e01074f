import { createInterface } from 'node:readline/promises'
import { IcrlError, type Environment } from '@icrl/core'
import type { Command } from 'commander'
import { coloursOf } from '../colours.ts'
import { partCalled } from '../config/named-methods.ts'
import { namedEnvironments, type EnvironmentData } from '../environments/named-environments.ts'
import { EXIT } from '../exit-code.ts'

interface PlayFlags extends EnvironmentData {
  readonly task?: string
  readonly split: 'train' | 'test'
}

const EXAMPLES = `
Examples:
  icrl play textcraft
  icrl play household --games alfworld/valid_seen --task pick_and_place_simple-1

One action a line; an empty line shows the instructions again, end of input gives up.`

/** `icrl play` */
export function playCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('play')
    .argument('<name>', `one of ${Object.keys(namedEnvironments).join(', ')}`)
    .description('play an environment yourself')
    .option('--task <id>', 'task to play; the first of the split where absent')
    .option('--split <name>', 'train or test', 'train')
    .option('--games <path>', 'household: ALFWorld games to play instead of generated ones')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, flags: PlayFlags) => finish(await runPlay(name, flags)))
}

async function runPlay(name: string, { task, split, ...data }: PlayFlags): Promise<number> {
  const environment = await partCalled('icrl play', namedEnvironments, name)(data)
  const ids = await environment.taskIds(split)
  const id = task ?? ids[0]
  if (id === undefined) throw new IcrlError(`${name} has no tasks in "${split}".`, { code: 'empty-tasks', remedy: 'Choose the other split.' })
  return playTask(environment, id)
}

async function playTask(environment: Environment, id: string): Promise<number> {
  const pc = coloursOf(process.stdout)
  const say = (text: string): boolean => process.stdout.write(`${text}\n`)
  const episode = await environment.open()
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: pc.bold('> ') })
  try {
    const start = await episode.reset(id)
    say(`${environment.instructions}\n\n${pc.bold(`Task ${id}.`)} ${start.task}\n${start.observation}`)
    lines.prompt()
    let turns = 0
    for await (const line of lines) {
      if (line.trim() === '') say(environment.instructions)
      else {
        const { observation, reward, done } = await episode.step(environment.parseAction(line) ?? line.trim())
        turns++
        say(observation)
        if (done || turns >= environment.maxTurns) {
          say(pc.bold(`${reward === 1 ? 'Done' : 'Over'} after ${turns} turns, reward ${reward}.`))
          return EXIT.done
        }
      }
      lines.prompt()
    }
    say(`Given up after ${turns} turns.`)
    return EXIT.done
  } finally {
    lines.close()
    await episode.close()
  }
}
