import type { BackendName } from '@icrl/backbone'
import { IcrlError } from '@icrl/core'
import { evaluateRecipe, type Metrics } from '@icrl/trainer'
import type { Command } from 'commander'
import { buildRun } from '../config/build-run.ts'
import { loadStoredRun, storedWeights } from '../config/stored-run.ts'
import { EXIT } from '../exit-code.ts'
import { wholeNumber } from './parse-number.ts'

interface EvalFlags {
  readonly config?: string
  readonly checkpoint?: number
  readonly samples?: number
  readonly seed?: number
  readonly backend?: BackendName
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  icrl eval runs/first                     the trained model, as the run evaluates it
  icrl eval runs/first --checkpoint 20     the model after 20 steps
  icrl eval runs/first --samples 8         8 answers a task: also gives pass@2, 4 and 8`

/** `icrl eval` */
export function evalCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('eval')
    .argument('<run>', 'folder of the run')
    .description('evaluate a run’s model on its held-out tasks')
    .option('-c, --config <file>', 'run configuration, where the run does not name one')
    .option('--checkpoint <n>', 'weights after so many steps, instead of the trained model', wholeNumber(0))
    .option('--samples <n>', 'answers a task, instead of the configuration’s', wholeNumber(1))
    .option('--seed <n>', 'seed, instead of the configuration’s', wholeNumber(0))
    .option('--backend <name>', 'TensorFlow.js backend, instead of the configuration’s')
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (run: string, flags: EvalFlags) => finish(await runEval(run, flags)))
}

async function runEval(run: string, { config, checkpoint, samples, seed, backend, json }: EvalFlags): Promise<number> {
  const { loaded, overrides } = await loadStoredRun(run, config)
  const { folder, step } = await storedWeights(run, checkpoint)
  await using built = await buildRun(loaded, run, { ...overrides, ...(seed !== undefined && { seed }), ...(backend !== undefined && { backend }) })
  const { evaluation } = built.options
  if (!evaluation) throw new IcrlError(`${loaded.file} has no held-out tasks.`, { code: 'invalid-option', remedy: 'Give it `evaluation: { tasks }`.' })
  const options = { ...built.options, evaluation: { ...evaluation, ...(samples !== undefined && { sessions: samples }) } }
  const { metrics } = await evaluateRecipe({ options, weights: { shared: folder }, step })
  process.stdout.write(json ? `${JSON.stringify({ weights: folder, step, ...metrics })}\n` : `${folder} after ${step} steps, ${evaluation.tasks.length} held-out tasks\n${table(metrics)}\n`)
  return EXIT.done
}

function table(metrics: Metrics): string {
  const width = Math.max(...Object.keys(metrics).map(({ length }) => length))
  return Object.entries(metrics).map(([name, value]) => `  ${name.padEnd(width)}  ${value.toFixed(3)}`).join('\n')
}
