import { currentNativeBackend } from '@icrl/tfjs-native'
import { figuresOf, type Group } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave } from '../interleave.ts'
import { forwardFlops, openModel } from '../models.ts'
import { promptOf, sampleBatch } from '../workload.ts'
import { generating } from './sampling.ts'

const WORKLOAD = { batch: 128, prompt: 200, fresh: 64, group: 8 }

/**
 * As a training step samples: 16 prompts of 200 tokens, 8 samples of 64 tokens on each. Ours
 * computes a prompt once and keeps its pages of keys and values once for all 8; `generate` has each
 * prompt 8 times in its batch. Time, and the most memory that either process ever held, all of it
 * counted: weights, cache, runtime.
 */
export const samplingInGroups: Group = {
  name: 'sampling-d-groups',
  seconds: 240,
  run: async (bench) => {
    await using opened = await openModel('d')
    const { policy, config } = opened
    const { batch, prompt, fresh, group } = WORKLOAD
    const peer = bench.startPeer('torch')
    const prompts = Array.from({ length: batch }, (_, session) => [
      ...promptOf(policy, WORKLOAD, session),
    ])
    const folder = peer && (await opened.folder())
    const native = currentNativeBackend()
    native?.resetPeak()
    const found = await interleave(
      {
        ours: () => secondsOf(() => sampleBatch(policy, WORKLOAD)),
        theirs: peer && generating(bench, peer, { folder, prompts, fresh }),
      },
      { rounds: bench.quick ? 1 : 3, seconds: bench.left() / 3 },
    )
    const figures = figuresOf(found, (seconds) => (batch * fresh) / seconds)
    const shape = `${batch / group} prompts of ${prompt} × ${group} samples of ${fresh} tokens`
    const ofPrompts =
      (batch / group) *
      prompt *
      (forwardFlops(config, prompt) - 2 * config.vocabularySize * config.hiddenSize)
    // A sampled token sees the prompt and, on average, half of what is sampled after it.
    const ofSamples = batch * fresh * forwardFlops(config, 2 * prompt + fresh)
    const { ours: rate } = figures
    bench.report({
      name: `sampling (d), ${shape}`,
      peer: 'transformers.generate',
      unit: 'tokens/s',
      ...figures,
      ...(rate !== undefined && {
        work: {
          limit: 'multiply-adds' as const,
          perSecond: ((ofPrompts + ofSamples) * rate) / (batch * fresh),
        },
      }),
    })
    const memory = await peer?.ask<{ bytes: number }>({ request: 'memory' }).catch(() => undefined)
    bench.report({
      name: `peak memory of sampling (d), ${shape}`,
      peer: 'transformers.generate',
      unit: 'MB',
      better: 'lower',
      ours: (process.resourceUsage().maxRSS * 1024) / 1e6,
      ...(memory !== undefined && { theirs: memory.bytes / 1e6 }),
      ...(native !== undefined && {
        note: `tensors ${Math.round(native.memory().numBytesPeak / 1e6).toLocaleString('en')} MB`,
      }),
    })
  },
}
