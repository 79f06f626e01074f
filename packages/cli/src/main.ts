import { runCommandLine } from './run-command-line.ts'

// A reader that goes away (`icrl … | head`) ends what is printed for it, not a training.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : 1),
)
process.stderr.on('error', () => undefined)

process.exitCode = await runCommandLine(process.argv.slice(2))
