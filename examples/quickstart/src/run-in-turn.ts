import type { RunSummary } from '@icrl/trainer'
import { progressPrinter, type ProgressPrinter } from 'icrl'
import { runArm, type ArmJob } from './run-arm.ts'

/** A run's end, or its stop before that. */
export interface ArmOutcome {
  readonly summary: RunSummary
  readonly finished: boolean
}

/** Runs one after another in this process, each with all threads, until one is stopped. */
export async function runInTurn(jobs: readonly ArmJob[], signal: AbortSignal): Promise<ArmOutcome[]> {
  const outcomes: ArmOutcome[] = []
  for (const job of jobs) {
    let progress: ProgressPrinter | undefined
    try {
      const { summary, finished } = await runArm(job, { signal, watch: (stop) => (progress = progressPrinter({ stop, label: job.label, stream: process.stdout })) })
      outcomes.push({ summary, finished })
      if (!finished) return outcomes
    } finally {
      progress?.done()
    }
  }
  return outcomes
}
