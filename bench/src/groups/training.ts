import { type Bench, figuresOf, type Group } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave, repeated } from '../interleave.ts'
import { forwardFlops, type ModelName, openModel } from '../models.ts'
import type { Peer } from '../peer.ts'
import { trainItems, trainStep } from '../workload.ts'

/** A training step against torch. */
export interface TrainingOptions {
  readonly model: ModelName
  readonly batch: number
  readonly length: number
  /** What is to be reached against eager torch, or 65% of the peak where that is less. */
  readonly ratio: number
  readonly rounds: number
  /** Against torch.compile, beside the target. */
  readonly compiled?: boolean
  /** The group's limit. */
  readonly seconds: number
}

const PART_OF_PEAK = 0.65
/** Both start from the same weights: the first losses may differ by rounding. */
const LOSS_TOLERANCE = 2e-3

/**
 * Tokens per second of forward, backward and AdamW on `batch` sequences of `length` tokens, packed;
 * all of them are learned.
 */
export function training(options: TrainingOptions): Group {
  const { model, compiled = false } = options
  return {
    name: `training-${model}${compiled ? '-compiled' : ''}`,
    seconds: options.seconds,
    run: (bench) => compareSteps(bench, options),
  }
}

async function compareSteps(
  bench: Bench,
  { model, batch, length, ratio, rounds, compiled = false }: TrainingOptions,
): Promise<void> {
  await using opened = await openModel(model, { packTokens: 8192 })
  const { policy, config } = opened
  const items = trainItems(policy, { batch, prompt: 1, fresh: length, group: 1 })
  const ids = items.map(({ prompt, response }) => [...prompt, ...response])
  const peer = bench.startPeer('torch')
  const folder = peer && (await opened.folder())
  const losses: { ours?: number; theirs?: number } = {}
  const ours = repeated(async (repeats) => {
    const seconds = await secondsOf(async () => {
      for (let i = 0; i < repeats; i++) {
        const loss = await trainStep(policy, items)
        losses.ours ??= loss
      }
    })
    return seconds / repeats
  })
  const theirs =
    peer &&
    repeated(async (repeats) => {
      if (losses.theirs === undefined) await loadModel(bench, peer, folder, compiled)
      const step = await peer.ask<{ seconds: number; loss: number }>(
        { request: 'step', ids, repeats },
        bench.left(),
      )
      losses.theirs ??= step.loss
      if (Math.abs(losses.theirs - (losses.ours as number)) > LOSS_TOLERANCE * losses.theirs) {
        throw new Error(
          `the peer's model is another: first loss ${losses.theirs}, ours ${losses.ours}`,
        )
      }
      return step.seconds
    })
  const found = await interleave(
    { ours, theirs },
    { rounds: bench.quick ? 1 : rounds, seconds: bench.left() / 2 },
  )
  const figures = figuresOf(found, (time) => (batch * length) / time)
  const flops = 3 * forwardFlops(config, length)
  const targets = compiled
    ? []
    : [{ ratio }, { figure: (PART_OF_PEAK * bench.machine.fma * 1e9) / flops }]
  bench.report({
    name: `training step (${model}), ${batch} × ${length} tokens${compiled ? ', against torch.compile' : ''}`,
    peer: compiled ? 'torch.compile' : 'torch eager',
    unit: 'tokens/s',
    targets,
    ...figures,
    ...(figures.ours === undefined
      ? {}
      : { work: { limit: 'multiply-adds', perSecond: figures.ours * flops } }),
  })
}

async function loadModel(
  { left }: Bench,
  peer: Peer,
  folder: string | undefined,
  compiled: boolean,
): Promise<void> {
  await peer.ask({ request: 'load', folder }, left())
  if (compiled) await peer.ask({ request: 'compile' }, left())
}
