import { runLayout } from '@icrl/core'
import { writeReport } from '@icrl/report'
import type { Command } from 'commander'
import { EXIT } from '../exit-code.ts'
import { runsIn } from './compare-command.ts'

interface ReportFlags {
  readonly out?: string
  readonly title?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl report runs/first                     writes runs/first/report.html
  icrl report runs/icrl runs/grpo --out both.html`

/** `icrl report` */
export function reportCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('report')
    .argument('<runs...>', 'folders of runs, or of comparisons')
    .description(
      'write a self-contained page: curves, tables, transcripts with every token shaded by its weight',
    )
    .option('-o, --out <file>', 'the page; default: report.html in the first folder')
    .option('--title <text>', 'its heading')
    .option('--json', 'print the page’s path and size as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (folders: string[], flags: ReportFlags) =>
      finish(await runReport(folders, flags)),
    )
}

async function runReport(
  folders: readonly string[],
  { out = runLayout(folders[0]).report, title, json }: ReportFlags,
): Promise<number> {
  const bytes = await writeReport(await runsIn(folders), out, { title })
  process.stdout.write(
    json
      ? `${JSON.stringify({ file: out, bytes })}\n`
      : `${out}, ${(bytes / 1000).toFixed(0)} kB\n`,
  )
  return EXIT.done
}
