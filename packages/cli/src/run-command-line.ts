import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { errorInWords, EXIT, exitCodeOf } from './exit-code.ts'

type AddCommand = (program: Command, finish: (code: number) => void) => void

/** Each command is loaded only when it runs, without the code of the others. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./commands/init-command.ts')).initCommand,
  plan: async () => (await import('./commands/plan-command.ts')).planCommand,
  probe: async () => (await import('./commands/probe-command.ts')).probeCommand,
  train: async () => (await import('./commands/train-command.ts')).trainCommand,
  run: async () => (await import('./commands/run-command.ts')).runCommand,
  sft: async () => (await import('./commands/sft-command.ts')).sftCommand,
  eval: async () => (await import('./commands/eval-command.ts')).evalCommand,
  sample: async () => (await import('./commands/sample-command.ts')).sampleCommand,
  reproduce: async () => (await import('./commands/reproduce-command.ts')).reproduceCommand,
  compare: async () => (await import('./commands/compare-command.ts')).compareCommand,
  report: async () => (await import('./commands/report-command.ts')).reportCommand,
  view: async () => (await import('./commands/view-command.ts')).viewCommand,
  export: async () => (await import('./commands/export-command.ts')).exportCommand,
  inspect: async () => (await import('./commands/inspect-command.ts')).inspectCommand,
  replay: async () => (await import('./commands/replay-command.ts')).replayCommand,
  play: async () => (await import('./commands/play-command.ts')).playCommand,
  env: async () => (await import('./commands/env-command.ts')).envCommand,
  serve: async () => (await import('./commands/serve-command.ts')).serveCommand,
  'serve-env': async () => (await import('./commands/env-command.ts')).serveEnvCommand,
  download: async () => (await import('./commands/download-command.ts')).downloadCommand,
  convert: async () => (await import('./commands/convert-command.ts')).convertCommand,
  doctor: async () => (await import('./commands/doctor-command.ts')).doctorCommand,
}

/** Arguments that need no command: they print the version. */
const BARE = ['--version', '-v']

/**
 * Runs the command line and returns its exit code; errors are printed, never thrown.
 *
 * @param args what follows the program's name
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let code: number = EXIT.done
  const program = new Command('icrl')
    .description('Reinforcement learning of language models that internalize their own critique.')
    .version(version(), '-v, --version')
    .configureHelp({ sortSubcommands: false })
    .showHelpAfterError('(icrl --help, or icrl COMMAND --help)')
    .exitOverride()
  const finish = (result: number): void => {
    code = result
  }
  for (const load of commandsFor(args)) (await load())(program, finish)
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

function commandsFor([first]: readonly string[]): (() => Promise<AddCommand>)[] {
  if (BARE.includes(first)) return []
  return Object.hasOwn(COMMANDS, first) ? [COMMANDS[first]] : Object.values(COMMANDS)
}

function version(): string {
  const { version: found } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  return found
}
