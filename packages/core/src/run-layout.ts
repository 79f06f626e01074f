/**
 * Version of a run folder's layout, `format` in its `config.json`. Format 2 renamed files and keys
 * to American spelling, and `groups/flat_…` to `groups/zero_variance_…`. Format 3 keeps roles with
 * what answers in them, references and optimizers by policy, evaluations by sets and the recipe's
 * memory in configuration and checkpoints; sessions have outcomes where they had rewards. Reports
 * and evaluations still read older folders, but such a run cannot be resumed or replayed.
 */
export const RUN_FORMAT = 3

/** Paths inside a run folder. */
export interface RunLayout {
  /** Everything needed to repeat the run. */
  readonly config: string
  /** One JSON object per step, the same bytes for the same run. */
  readonly metrics: string
  /** One JSON object per step: seconds and memory. */
  readonly timing: string
  /** The figures of a run that has ended. */
  readonly summary: string
  /** A page a person reads. */
  readonly report: string
  /** Names the process that writes to the folder. */
  readonly lock: string
  /** The trained model, in Hugging Face layout; one folder per policy if there are several. */
  readonly model: string
  /** Folder of one file per step, named by `stepFile`. */
  readonly samples: string
  /** Folder of one file per evaluation, named by `stepFile` of the steps done. */
  readonly evaluations: string
  /** Folder of one folder per checkpoint, named by `stepName` of the steps done. */
  readonly checkpoints: string
}

/**
 * Where everything lies in a run folder. No other code spells these names.
 *
 * @example
 * import { runLayout, stepFile } from '@icrl/core'
 * const { samples } = runLayout('runs/first')
 * const path = `${samples}/${stepFile(12)}` // runs/first/samples/step-00012.jsonl
 */
export function runLayout(directory: string): RunLayout {
  const at = (name: string): string => (directory === '' ? name : `${directory}/${name}`)
  return {
    config: at('config.json'),
    metrics: at('metrics.jsonl'),
    timing: at('timing.jsonl'),
    summary: at('summary.json'),
    report: at('report.html'),
    lock: at('run.lock'),
    model: at('model'),
    samples: at('samples'),
    evaluations: at('evaluations'),
    checkpoints: at('checkpoints'),
  }
}

/**
 * Name of the folder of a checkpoint, with at least five digits.
 *
 * @example
 * import { stepName } from '@icrl/core'
 * stepName(20) // 'step-00020'
 */
export function stepName(step: number): string {
  return `step-${String(step).padStart(5, '0')}`
}

/**
 * Name of the file that holds a step's samples, or an evaluation.
 *
 * @example
 * import { stepFile } from '@icrl/core'
 * stepFile(12) // 'step-00012.jsonl'
 */
export function stepFile(step: number): string {
  return `${stepName(step)}.jsonl`
}

/**
 * The steps in the names of a folder's entries, ascending. Other names are ignored.
 *
 * @example
 * import { stepsIn } from '@icrl/core'
 * stepsIn(['step-00020.jsonl', 'step-00003.jsonl', 'latest']) // [3, 20]
 */
export function stepsIn(entries: readonly string[]): number[] {
  return entries
    .flatMap((entry) => /^step-(\d{5,})(?:\.jsonl)?$/.exec(entry)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}
