import { type Bench, figuresOf, type Group } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave, repeated, type Side } from '../interleave.ts'
import { forwardFlops, type ModelName, openModel, parameterCount } from '../models.ts'
import type { Peer } from '../peer.ts'
import { promptOf, sampleBatch } from '../workload.ts'

/** Sampling against `transformers.generate`. */
export interface SamplingOptions {
  readonly model: ModelName
  readonly batch: number
  /**
   * What is to be reached against `generate`; absent for a single sequence, whose limit is the
   * memory.
   */
  readonly ratio?: number
  readonly rounds: number
  readonly seconds: number
}

const PROMPT = 16
const FRESH = 48
const PART_OF_BANDWIDTH = 0.6

/**
 * New tokens per second after prompts of 16, 48 each, with a key/value cache, prompts included in the
 * time. Ours draws at temperature 1 and returns log-probabilities; the peer is greedy, which is
 * less work.
 */
export function sampling(options: SamplingOptions): Group {
  return {
    name: `sampling-${options.model}${options.batch === 1 ? '-single' : ''}`,
    seconds: options.seconds,
    run: (bench) => compareSamplers(bench, options),
  }
}

/** `transformers.generate` with prompts of one length each. */
export function generating(
  bench: Bench,
  peer: Peer,
  request: {
    readonly folder: string | undefined
    readonly prompts: readonly (readonly number[])[]
    readonly fresh: number
  },
): Side {
  return repeated(async (repeats) => {
    const { seconds, tokens } = await peer.ask<{ seconds: number; tokens: number }>(
      { request: 'generate', ...request, repeats },
      bench.left(),
    )
    const wanted = request.prompts.length * request.fresh
    if (tokens !== wanted) throw new Error(`the peer generated ${tokens} tokens, not ${wanted}`)
    return seconds
  })
}

async function compareSamplers(
  bench: Bench,
  { model, batch, ratio, rounds }: SamplingOptions,
): Promise<void> {
  await using opened = await openModel(model)
  const { policy, config } = opened
  const workload = { batch, prompt: PROMPT, fresh: FRESH, group: 1 }
  const prompts = Array.from({ length: batch }, (_, session) => [
    ...promptOf(policy, workload, session),
  ])
  const peer = bench.startPeer('torch')
  const folder = peer && (await opened.folder())
  const theirs = peer && generating(bench, peer, { folder, prompts, fresh: FRESH })
  const ours = repeated(async (repeats) => {
    const seconds = await secondsOf(async () => {
      for (let i = 0; i < repeats; i++) await sampleBatch(policy, workload)
    })
    return seconds / repeats
  })
  const found = await interleave(
    { ours, theirs },
    { rounds: bench.quick ? 1 : rounds, seconds: bench.left() / 2 },
  )
  const figures = figuresOf(found, (time) => (batch * FRESH) / time)
  const row = {
    name: `sampling (${model}), ${batch === 1 ? 'one sequence' : `batch ${batch}`}`,
    unit: 'tokens/s',
  }
  const { ours: rate } = figures
  const bytes = 4 * parameterCount(config)
  const flops =
    forwardFlops(config, PROMPT + FRESH) +
    ((PROMPT - 1) / FRESH) *
      (forwardFlops(config, PROMPT) - 2 * config.vocabularySize * config.hiddenSize)
  const work =
    rate === undefined
      ? {}
      : {
          work:
            batch === 1
              ? { limit: 'memory' as const, perSecond: rate * bytes }
              : { limit: 'multiply-adds' as const, perSecond: rate * flops },
        }
  bench.report({
    ...row,
    peer: 'transformers.generate',
    targets: ratio === undefined ? [] : [{ ratio }],
    ...figures,
    ...work,
  })
  if (batch > 1) return
  bench.report({
    ...row,
    name: `${row.name}, of the bandwidth bound`,
    peer: 'reading every float32 weight once per token',
    ours: rate,
    ...work,
    theirs: (bench.machine.read * 1e9) / bytes,
    targets: [{ ratio: PART_OF_BANDWIDTH }],
    ...(rate === undefined ? { failed: figures.failed } : {}),
  })
}
