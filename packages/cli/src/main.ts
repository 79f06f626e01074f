import { failWhenStuck } from './fail-when-stuck.ts'
import { runCommandLine } from './run-command-line.ts'

// If a reader goes away (`icrl … | head`), the process ends; a training writes to standard output
// only when it is done.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : 1),
)
process.stderr.on('error', () => undefined)

const settled = failWhenStuck()
process.exitCode = await runCommandLine(process.argv.slice(2))
settled()
