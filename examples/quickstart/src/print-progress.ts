import type { EvaluationEvent, RunSummary, StepEvent } from '@icrl/trainer'

/** What a person sees of one arm while it runs. */
export interface Progress {
  step(event: StepEvent): void
  evaluation(event: EvaluationEvent): void
  end(summary: RunSummary): void
}

const BARS = '▁▂▃▄▅▆▇█'

const percent = (value: number | undefined): string => (value === undefined ? '  –' : `${Math.round(100 * value)}%`.padStart(4))

/** Held-out accuracies so far, as bars of eighths. */
function sparkline(accuracies: readonly number[]): string {
  return accuracies.slice(-24).map((accuracy) => BARS[Math.min(7, Math.floor(accuracy * 8))]).join('')
}

/** One line that is rewritten on a terminal; a plain line an evaluation elsewhere. */
export function printProgress(name: string, tokens: number): Progress {
  const heldOut: number[] = []
  const began = performance.now()
  const terminal = process.stdout.isTTY === true
  let sampled = 0
  const line = ({ step, metrics, timing }: StepEvent): string => {
    sampled = metrics['tokens/sampled_total']
    const seconds = (performance.now() - began) / 1000
    const left = Math.max(0, (seconds * (tokens - sampled)) / sampled)
    const weight = metrics['calibration/weight_mean']
    return [
      `${name.padEnd(14)} step ${String(step + 1).padStart(3)}`,
      `first ${percent(metrics['accuracy/first'])}`,
      `guided ${percent(metrics['accuracy/guided'])}`,
      `w̄ ${weight === undefined ? '  –' : weight.toFixed(2)}`,
      `${Math.round(timing['perf/sample_tokens_per_second'] ?? 0)} tokens/s`,
      `${Math.round(left)} s left`,
      `held out ${percent(heldOut.at(-1))} ${sparkline(heldOut)}`,
    ].join(' · ')
  }
  let evaluated = false
  return {
    step: (event) => {
      const text = line(event)
      if (terminal) process.stdout.write(`\r\u001b[2K${text.slice(0, (process.stdout.columns ?? 120) - 1)}`)
      else if (evaluated || sampled >= tokens) console.log(text)
      evaluated = false
    },
    evaluation: ({ metrics }) => {
      const accuracy = metrics['eval/critique_free']
      if (accuracy !== undefined) heldOut.push(accuracy)
      evaluated = true
    },
    end: ({ eval_initial, eval_final }) => {
      console.log(`${terminal ? '\r\u001b[2K' : ''}${name.padEnd(14)} held-out accuracy without critique ${percent(eval_initial)} →${percent(eval_final)}  ${sparkline(heldOut)}`)
    },
  }
}
