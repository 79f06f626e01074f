import { resolve } from 'node:path'
import type { Command } from 'commander'
import { buildRun, type RunOverrides } from '../config/build-run.ts'
import { loadRunConfig } from '../config/load-run-config.ts'
import { EXIT } from '../exit-code.ts'
import { sessionProgress } from './eval/session-progress.ts'
import { wholeNumber } from './parse-number.ts'
import { measureProbe } from './probe/measure-probe.ts'
import { probeReport } from './probe/probe-report.ts'

interface ProbeFlags extends Pick<RunOverrides, 'model' | 'backend' | 'seed'> {
  readonly tasks: number
  readonly tries: number
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl probe run.config.ts
  icrl probe run.config.ts --model models/SmolLM2-135M-Instruct --tasks 48

It tries the first training tasks with the untrained model, greedy and sampled, under each condition of the
recipe, and makes one training step that is thrown away. Nothing is written.`

/** `icrl probe` */
export function probeCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('probe')
    .argument('<config>', 'run configuration: TypeScript, JavaScript or JSON')
    .description('find out whether a run can learn at all, by trying its tasks before any training')
    .option('--model <dir>', 'Hugging Face folder, instead of the configuration’s')
    .option('--backend <name>', 'TensorFlow.js backend, instead of the configuration’s')
    .option('--seed <n>', 'seed, instead of the configuration’s', wholeNumber(0))
    .option('--tasks <n>', 'training tasks to try', wholeNumber(1), 16)
    .option('--tries <n>', 'sampled tries of each', wholeNumber(2), 8)
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (config: string, flags: ProbeFlags) => finish(await runProbe(config, flags)))
}

async function runProbe(
  config: string,
  { tasks, tries, json, model, ...overrides }: ProbeFlags,
): Promise<number> {
  const loaded = await loadRunConfig(config)
  await using run = await buildRun(loaded, '.', {
    ...overrides,
    ...(model !== undefined && { model: resolve(model) }),
  })
  const conditions = Object.keys(run.options.recipe.evaluations ?? {}).length
  const tried = Math.min(tasks, run.options.tasks.length)
  const progress = sessionProgress(tried * (tries + 1) * conditions)
  const probe = await measureProbe(run, { tasks, tries, onSession: () => progress.onSession() })
  progress.done()
  if (json) {
    const { step, ...figures } = probe
    const { metrics, timing } = step
    process.stdout.write(`${JSON.stringify({ ...figures, step: { metrics, timing } })}\n`)
  } else process.stdout.write(`${probeReport(run, probe)}\n`)
  return EXIT.done
}
