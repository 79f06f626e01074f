import { viewRuns } from '@icrl/report'
import { listen } from '@icrl/serve'
import type { Command } from 'commander'
import { EXIT } from '../exit-code.ts'
import { portNumber } from './parse-number.ts'
import { untilInterrupted } from './until-interrupted.ts'

const EXAMPLES = `
Examples:
  icrl view runs/first                      while it trains, or afterwards
  icrl view runs/icrl runs/grpo             several runs over each other, and where they part
  icrl view runs/quickstart                 every arm of a comparison`

/** `icrl view` */
export function viewCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('view')
    .argument('<runs...>', 'folders of runs, or of comparisons')
    .description('show runs as they grow, in a browser of this machine')
    .option('--port <n>', 'the port; any free one where absent', portNumber)
    .addHelpText('after', EXAMPLES)
    .action(async (folders: string[], { port }: { readonly port?: number }) => {
      const server = await listen(await viewRuns(folders), {
        port,
        onError: (error) => process.stderr.write(`${String(error)}\n`),
      })
      process.stdout.write(`${server.urls[0]}/ (Ctrl-C ends it)\n`)
      await untilInterrupted()
      await server.close()
      finish(EXIT.done)
    })
}
