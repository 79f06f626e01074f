import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { IcrlError } from '@icrl/core'
import { Option, type Command } from 'commander'
import { importConfig } from '../config/load-run-config.ts'
import { partCalled } from '../config/named-methods.ts'
import { EXIT } from '../exit-code.ts'

/** What `icrl reproduce` asks for. */
export interface ReproduceRequest {
  /** A name of `Reproduction.studies`. */
  readonly study: string
  /** A name of `Reproduction.scales`. */
  readonly scale: string
  /** The folder of runs, tables and figures. */
  readonly out: string
  /** True: runs that are stored with the reproduction are not made again. */
  readonly stored: boolean
  /** True: only say what would be run. */
  readonly plan: boolean
}

/** The studies of a paper: the default export of the file that `icrl reproduce` loads. */
export interface Reproduction {
  /** What each study shows, by name. */
  readonly studies: Readonly<Record<string, string>>
  /** What each scale is, by name; the first is the default. */
  readonly scales: Readonly<Record<string, string>>
  /** Makes the runs that are missing, and writes tables and figures. */
  readonly run: (request: ReproduceRequest) => Promise<void>
}

/** Where a checkout of this project has its own. */
const OURS = 'examples/reproduce/reproduce.config.ts'

const EXAMPLES = `
Examples:
  icrl reproduce main                      the paper's main comparison, on the quickstart's task
  icrl reproduce rounds --stored           tables and figures of the runs in the repository
  icrl reproduce ablation --scale paper --plan

Run it in a checkout of the project, which holds tasks, models and results, or name a file of your own.`

/** `icrl reproduce` */
export function reproduceCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('reproduce')
    .argument('<study>', 'main, ablation, dynamics, critic-swap, rounds or cost')
    .description('repeat a comparison of the paper, with its numbers beside ours')
    .addOption(new Option('--scale <name>', 'tiny, small or paper; default: the first'))
    .option('--out <dir>', 'folder of runs, tables and figures', 'runs/reproduce')
    .option('--from <file>', `the reproduction; default: ${OURS}, here or in a folder above`)
    .option('--stored', 'use the runs that are stored in the repository', false)
    .option('--plan', 'say what would be run, and run nothing', false)
    .addHelpText('after', EXAMPLES)
    .action(async (study: string, { scale, from, ...flags }: ReproduceFlags) => {
      const reproduction = await loadReproduction(from)
      await reproduction.run({
        ...flags,
        study: named('study', study, reproduction.studies),
        scale: named('scale', scale ?? Object.keys(reproduction.scales)[0], reproduction.scales),
        out: resolve(flags.out),
      })
      finish(EXIT.done)
    })
}

interface ReproduceFlags extends Pick<ReproduceRequest, 'out' | 'stored' | 'plan'> {
  readonly scale?: string
  readonly from?: string
}

/** @throws `missing-file`, `invalid-option` */
async function loadReproduction(from: string | undefined): Promise<Reproduction> {
  const file = from === undefined ? fileAbove(process.cwd()) : resolve(from)
  if (file === undefined || !existsSync(file))
    throw new IcrlError(`there is no ${file ?? OURS}.`, {
      code: 'missing-file',
      remedy: 'Run it in a checkout of the project, or name a file: --from FILE.',
    })
  const found = (await importConfig(file)) as Partial<Reproduction> | undefined
  if (!found?.studies || !found.scales || typeof found.run !== 'function')
    throw new IcrlError(`${file}: its default export is not a reproduction.`, {
      code: 'invalid-option',
      remedy: 'Export { studies, scales, run } by default.',
    })
  return found as Reproduction
}

function fileAbove(folder: string): string | undefined {
  const file = join(folder, OURS)
  if (existsSync(file)) return file
  return dirname(folder) === folder ? undefined : fileAbove(dirname(folder))
}

/** @throws `invalid-option` for a name that is not there, with the nearest one */
function named(what: string, name: string, all: Readonly<Record<string, string>>): string {
  partCalled(`icrl reproduce: ${what}`, all, name)
  return name
}
