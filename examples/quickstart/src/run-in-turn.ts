import { progressPrinter, type ProgressPrinter } from 'icrl'
import { runArm, type ArmJob, type ArmOutcome } from './run-arm.ts'

/** Runs one after another in this process, each with all threads, until one is stopped. */
export async function runInTurn(
  jobs: readonly ArmJob[],
  signal: AbortSignal,
): Promise<ArmOutcome[]> {
  const outcomes: ArmOutcome[] = []
  for (const job of jobs) {
    let progress: ProgressPrinter | undefined
    try {
      const outcome = await runArm(job, {
        signal,
        watch: (stop) =>
          (progress = progressPrinter({ stop, label: job.label, stream: process.stdout })),
      })
      outcomes.push(outcome)
      if (!outcome.finished) return outcomes
    } finally {
      progress?.done()
    }
  }
  return outcomes
}
