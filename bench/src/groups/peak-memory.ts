import type { Group } from '../bench.ts'
import { openModel } from '../models.ts'
import { NO_PEER } from '../peer.ts'
import { trainItems, trainStep } from '../workload.ts'

const [BATCH, LENGTH] = [32, 256]
const MOST = 0.6

/**
 * The most memory that a process which trains (c) on 8,192 packed tokens ever holds, all of it
 * counted: weights, gradients, moments, runtime.
 */
export const peakMemory: Group = {
  name: 'peak-memory',
  seconds: 240,
  run: async (bench) => {
    await using opened = await openModel('c', { packTokens: BATCH * LENGTH })
    const items = trainItems(opened.policy, { batch: BATCH, prompt: 1, fresh: LENGTH, group: 1 })
    const row = {
      name: `peak memory of a step (c), ${BATCH} × ${LENGTH} tokens`,
      peer: 'torch eager',
      unit: 'MB',
      better: 'lower' as const,
      targets: [{ ratio: MOST }],
    }
    let theirs: { theirs: number } | { note: string } | { failed: string } = { note: NO_PEER }
    const peer = bench.startPeer('torch')
    if (peer !== undefined) {
      try {
        await peer.ask({ request: 'load', folder: await opened.folder() }, bench.left())
        await peer.ask(
          {
            request: 'step',
            ids: items.map(({ prompt, response }) => [...prompt, ...response]),
            repeats: 1,
          },
          bench.left() - 20,
        )
        theirs = { theirs: (await peer.ask<{ bytes: number }>({ request: 'memory' })).bytes / 1e6 }
      } catch (error) {
        theirs = { failed: error instanceof Error ? error.message : String(error) }
      }
      peer.stop()
    }
    await trainStep(opened.policy, items)
    bench.report({ ...row, ours: (process.resourceUsage().maxRSS * 1024) / 1e6, ...theirs })
  },
}
