import { join } from 'node:path'
import type { Task } from '@icrl/core'
import { checkTrainOptions } from '../check-train-options.ts'
import { evaluateRecipe } from '../evaluate/evaluate-recipe.ts'
import { writeDurably } from '../run/durable-files.ts'
import type { Metrics } from '../train-options.ts'
import { idleOptions, storedOptions } from './idle-options.ts'
import type { Setting } from './lab.ts'
import type { MeasureOptions } from './program-options.ts'
import { wholeStep, type Ended, type Step } from './step-folder.ts'

/** Measures the policies as they are and stores the figures, or reads back those it stored. */
export async function measureStep<T extends Task>(
  setting: Setting,
  step: Step,
  { protocols, headline, measure, ...given }: MeasureOptions<T>,
): Promise<Ended & { readonly metrics: Metrics }> {
  const { roles, concurrency, sessionTimeoutMs, config, ...evaluation } = given
  const options = idleOptions<T>(setting, step, {
    roles,
    concurrency,
    sessionTimeoutMs,
    config,
    evaluation,
    recipe: { evaluations: protocols, headline, onEvaluate: measure },
  })
  checkTrainOptions(options, { learns: false })
  const { tasks: _, ...stored } = await storedOptions(options)
  const conditions = { protocols: Object.keys(protocols), headline: headline ?? null }
  const end = await wholeStep(step, { ...stored, ...conditions }, async (folder) => {
    const { metrics, lines } = await evaluateRecipe({ options })
    await writeDurably(join(folder, 'evaluation.jsonl'), lines.join(''))
    return { result: { ...metrics } }
  })
  return { ...end, metrics: end.record.result as Metrics }
}
