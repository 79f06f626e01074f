import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { selectBackend } from '@icrl/backbone'
import { runLayout } from '@icrl/core'
import type { Command } from 'commander'
import { describeRun, type DescribedRun, type RunOverrides } from '../config/build-run.ts'
import { type LoadedConfig, loadRunConfig } from '../config/load-run-config.ts'
import { loadStoredRun } from '../config/stored-run.ts'
import { EXIT } from '../exit-code.ts'
import { measuredRun } from './plan/measured-run.ts'
import { type DeviceRates, measureRates } from './plan/measure-rates.ts'
import { planReport } from './plan/plan-report.ts'
import { planRun, type RunPlan } from './plan/plan-run.ts'

interface PlanFlags {
  readonly model?: string
  readonly backend?: string
  readonly time?: boolean
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl plan run.config.ts
  icrl plan run.config.ts --model models/Qwen3-4B --time
  icrl plan run.config.ts --backend native-cuda-bf16
  icrl plan runs/first                 afterwards: the plan beside what the run took

No weights are read: a folder with config.json and the tokenizer's files is enough. The figures of a step are
upper bounds. --time measures this device with one block of random weights; icrl probe measures the model
itself, and needs its weights.`

/** `icrl plan` */
export function planCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('plan')
    .argument(
      '<config>',
      'run configuration: TypeScript, JavaScript or JSON; or the folder of a run',
    )
    .description('show what a run will take: resolved configuration, counts, prompts, memory, time')
    .option('--model <dir>', 'Hugging Face folder, instead of the configuration’s')
    .option('--backend <name>', 'TensorFlow.js backend, instead of the configuration’s')
    .option('--time', 'also estimate the seconds per step, by measuring this device')
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (config: string, flags: PlanFlags) => finish(await runPlan(config, flags)))
}

async function runPlan(path: string, { model, backend, time, json }: PlanFlags): Promise<number> {
  const isRun = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  const { loaded, overrides }: { loaded: LoadedConfig; overrides: RunOverrides } = isRun
    ? await loadStoredRun(path)
    : { loaded: await loadRunConfig(path), overrides: {} }
  const described = await describeRun(loaded, {
    ...overrides,
    ...(model !== undefined && { model: resolve(model) }),
    ...(backend !== undefined && { backend }),
  })
  try {
    const plan = await planRun(described)
    const rates = time ? await ratesOf(described, plan) : undefined
    const hasRun = isRun && existsSync(runLayout(path).timing)
    const measured = hasRun ? await measuredRun(path) : undefined
    const { prompts: _, ...figures } = plan
    process.stdout.write(
      `${json ? JSON.stringify({ ...figures, rates, measured }) : planReport(described, { plan, rates, measured })}\n`,
    )
    return EXIT.done
  } finally {
    await described.engine.abandon()
  }
}

async function ratesOf(
  { config, engine }: DescribedRun,
  { atOnce }: RunPlan,
): Promise<DeviceRates | undefined> {
  if (!engine.model) return undefined
  await selectBackend(config.backend, { loaders: config.backendLoaders })
  const { keep, adapter } = config.engine ?? {}
  return measureRates(engine.model, { atOnce, keep, adapter })
}
