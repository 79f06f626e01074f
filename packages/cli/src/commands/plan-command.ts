import { resolve } from 'node:path'
import type { Command } from 'commander'
import { describeRun } from '../config/build-run.ts'
import { loadRunConfig } from '../config/load-run-config.ts'
import { EXIT } from '../exit-code.ts'
import { planReport } from './plan/plan-report.ts'
import { planRun } from './plan/plan-run.ts'

interface PlanFlags {
  readonly model?: string
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl plan run.config.ts
  icrl plan run.config.ts --model models/Qwen3-4B

No weight is read: a folder with config.json and the tokenizer's files is enough. What is said of a step is
an upper bound. icrl probe measures; it needs the weights.`

/** `icrl plan` */
export function planCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('plan')
    .argument('<config>', 'run configuration: TypeScript, JavaScript or JSON')
    .description('what a run will take: resolved configuration, counts, prompts, memory')
    .option('--model <dir>', 'Hugging Face folder, instead of the configuration’s')
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (config: string, flags: PlanFlags) => finish(await runPlan(config, flags)))
}

async function runPlan(config: string, { model, json }: PlanFlags): Promise<number> {
  const described = await describeRun(
    await loadRunConfig(config),
    model === undefined ? {} : { model: resolve(model) },
  )
  try {
    const plan = await planRun(described)
    const { prompts: _, ...figures } = plan
    process.stdout.write(`${json ? JSON.stringify(figures) : planReport(described, plan)}\n`)
    return EXIT.done
  } finally {
    await described.engine.abandon()
  }
}
