import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { compareCommand } from './commands/compare-command.ts'
import { doctorCommand } from './commands/doctor-command.ts'
import { envCommand, serveEnvCommand } from './commands/env-command.ts'
import { evalCommand } from './commands/eval-command.ts'
import { playCommand } from './commands/play-command.ts'
import { replayCommand } from './commands/replay-command.ts'
import { reportCommand } from './commands/report-command.ts'
import { sampleCommand } from './commands/sample-command.ts'
import { trainCommand } from './commands/train-command.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { errorInWords } from './print-error.ts'

/**
 * Runs the command line and answers its exit code; errors are printed, never thrown.
 *
 * @param args what follows the program's name
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let code: number = EXIT.done
  const program = new Command('icrl')
    .description('Reinforcement learning of language models that internalise their own critique.')
    .version(version(), '-v, --version')
    .configureHelp({ sortSubcommands: false })
    .showHelpAfterError('(icrl --help, or icrl COMMAND --help)')
    .exitOverride()
  const finish = (result: number): void => {
    code = result
  }
  for (const add of [trainCommand, evalCommand, sampleCommand, compareCommand, reportCommand, replayCommand, playCommand, envCommand, serveEnvCommand, doctorCommand]) add(program, finish)
  try {
    if (args.length === 0) {
      program.outputHelp()
      return EXIT.usage
    }
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) process.stderr.write(`${errorInWords(error)}\n`)
    return exitCodeOf(error)
  }
}

function version(): string {
  const { version: found } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return found
}
