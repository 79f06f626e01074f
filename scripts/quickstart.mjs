// Runs the quickstart from its sources: no build step between a fresh clone and the first reward.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
// Sessions die young: with room for more of them at once, fewer of the living are copied each time
// the dead are cleared away.
const child = spawn(
  process.execPath,
  [
    '--max-semi-space-size=64',
    '--conditions=@icrl/source',
    '--import',
    'tsx',
    join(root, 'examples/quickstart/src/main.ts'),
    ...process.argv.slice(2),
  ],
  { cwd: process.cwd(), stdio: 'inherit' },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
