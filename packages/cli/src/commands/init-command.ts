import { join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { partCalled } from '../config/named-methods.ts'
import { EXIT } from '../exit-code.ts'
import { TEMPLATES, type TemplateName, writeTemplate } from './init/write-template.ts'

interface InitFlags {
  readonly template: string
  readonly model?: string
}

const NAMES = Object.keys(TEMPLATES) as TemplateName[]

const EXAMPLES = `
Templates:
${NAMES.map((name) => `  ${name.padEnd(12)} ${TEMPLATES[name]}`).join('\n')}

Examples:
  icrl init mine
  icrl init mine --template environment
  icrl init mine --template agent --model models/Qwen3-0.6B`

/** `icrl init` */
export function initCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('init')
    .argument('<dir>', 'a folder that does not exist yet')
    .description('start a project: a commented configuration, tasks and a test in a new folder')
    .option('--template <name>', NAMES.join(', '), 'jsonl')
    .option(
      '--model <model>',
      'a folder, or hf:owner/name; default: a small model from the Hugging Face hub',
    )
    .addHelpText('after', EXAMPLES)
    .action(async (folder: string, flags: InitFlags) => finish(await runInit(folder, flags)))
}

async function runInit(folder: string, { template, model }: InitFlags): Promise<number> {
  partCalled('--template', TEMPLATES, template)
  const name = template as TemplateName
  const files = await writeTemplate(name, folder, modelFrom(folder, model))
  const config = join(folder, 'run.config.ts')
  const hub = /^hf:(.+)$/.exec(model ?? 'hf:HuggingFaceTB/SmolLM2-135M-Instruct')?.[1]
  const next = [
    `npx tsx --test ${join(folder, '*.test.ts')}`,
    ...(hub === undefined ? [] : [`npx icrl download ${hub}`]),
    `npx icrl plan ${config}`,
    `npx icrl probe ${config}`,
    `npx icrl train --config ${config} --out ${join('runs', folder.split(/[\\/]/).at(-1)!)}`,
  ]
  process.stdout.write(`${folder}: ${files.join(', ')}\n\nNext:\n${lines(next)}\n`)
  return EXIT.done
}

const lines = (commands: readonly string[]): string =>
  commands.map((command) => `  ${command}`).join('\n')

/** A folder is relative to where the command runs; a configuration's, to the configuration. */
function modelFrom(folder: string, model: string | undefined): string | undefined {
  if (model === undefined || model.startsWith('hf:')) return model
  return relative(resolve(folder), resolve(model)).replaceAll('\\', '/')
}
