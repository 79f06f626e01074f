import { runLayout } from '@icrl/core'
import { makeFolder, writeDurably } from './durable-files.ts'
import type { RunSummary } from '../train-options.ts'

/** `summary.json` of a comparison: one summary per method. */
export interface Comparison {
  /** Summary of each method. */
  readonly methods: Readonly<Record<string, RunSummary>>
}

/**
 * Writes `summary.json` of a comparison of methods into the folder that holds their run folders.
 *
 * @throws `write-failed`
 * @example
 * import type { RunSummary } from '@icrl/trainer'
 * import { writeComparison } from '@icrl/trainer/node'
 * declare const icrl: RunSummary, grpo: RunSummary
 * await writeComparison('runs/quickstart', { icrl, grpo })
 */
export async function writeComparison(
  directory: string,
  methods: Comparison['methods'],
): Promise<void> {
  await makeFolder(directory)
  await writeDurably(
    runLayout(directory).summary,
    `${JSON.stringify({ methods } satisfies Comparison, null, 2)}\n`,
  )
}
