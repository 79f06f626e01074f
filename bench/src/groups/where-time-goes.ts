import type { Bench, Group } from '../bench.ts'
import { type ModelName, openModel } from '../models.ts'
import { limitOf } from '../row.ts'
import { timeByKernel } from '../time-by-kernel.ts'
import { trainItems, trainStep } from '../workload.ts'

const STEPS: readonly { model: ModelName; batch: number; length: number; runs: number }[] = [
  { model: 'b', batch: 64, length: 128, runs: 5 },
  { model: 'c', batch: 8, length: 256, runs: 2 },
]

/** Where a training step's time goes, kernel by kernel. */
export const whereTimeGoes: Group = {
  name: 'where-time-goes',
  seconds: 120,
  run: async (bench) => {
    for (const step of STEPS) await reportStep(bench, step)
  },
}

async function reportStep(
  bench: Bench,
  { model, batch, length, runs }: (typeof STEPS)[number],
): Promise<void> {
  await using opened = await openModel(model, { packTokens: 8192 })
  const items = trainItems(opened.policy, { batch, prompt: 1, fresh: length, group: 1 })
  const run = (): Promise<number> => trainStep(opened.policy, items)
  await run()
  const step = {
    rows: batch * length,
    scored: batch * length,
    pairs: (batch * length * (length + 1)) / 2,
  }
  for (const { kernel, calls, milliseconds, part, work } of await timeByKernel(
    opened.config,
    step,
    bench.quick ? 1 : runs,
    run,
  )) {
    const note = `${callsOf(Math.round(calls))}${milliseconds.toFixed(2)} ms per step`
    const name = `time of a step (${model}): ${kernel}`
    if (work === undefined)
      bench.report({ name, ours: milliseconds, unit: 'ms', better: 'lower', part, note })
    else {
      const peer = work.limit === 'memory' ? 'reading memory' : 'fused multiply-adds in registers'
      bench.report({
        name,
        ours: work.perSecond / 1e9,
        peer,
        theirs: limitOf(work, bench.machine) / 1e9,
        unit: work.limit === 'memory' ? 'GB/s' : 'GFLOP/s',
        work,
        part,
        note,
      })
    }
  }
}

/** How often a kernel is called; JavaScript is not. */
const callsOf = (count: number): string =>
  count === 0 ? '' : `${count} ${count === 1 ? 'call' : 'calls'}, `
