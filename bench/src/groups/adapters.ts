import { loadLocalPolicy, type LoadPolicyOptions, type LocalPolicy } from '@icrl/backbone'
import { type Bench, figuresOf, type Group, roundsNote } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave, type Outcome, repeated } from '../interleave.ts'
import { openModel } from '../models.ts'
import { sampleBatch, trainItems, trainStep } from '../workload.ts'

const BATCH = 8
const LENGTH = 256
const RANK = 16
const ALPHA = 32
const AGAINST_FULL = 1.3
const AGAINST_PEFT = 2
const FRESH = 48

/**
 * Low-rank adapters of SmolLM2-135M: a training step against a full one and against torch with PEFT;
 * and, with a base in bf16, sampling of one sequence against a base in float32.
 */
export const adapters: Group = {
  name: 'adapters',
  seconds: 300,
  run: async (bench) => {
    await using opened = await openModel('d', { packTokens: 8192 })
    const folder = await opened.folder()
    const open = (options: LoadPolicyOptions): Promise<LocalPolicy> =>
      loadLocalPolicy(folder, { packTokens: 8192, ...options })
    await using adapted = await open({ adapter: { rank: RANK, alpha: ALPHA } })
    await compareWithFull(bench, opened.policy, adapted)
    await compareWithPeft(bench, adapted, folder)
    await using narrow = await open({ adapter: { rank: RANK }, weights: 'bf16' })
    await compareStorage(bench, adapted, narrow)
  },
}

const workload = { batch: BATCH, prompt: 1, fresh: LENGTH, group: 1 }
const stepOf = (policy: LocalPolicy): (() => Promise<number>) => {
  const items = trainItems(policy, workload)
  return () => secondsOf(() => trainStep(policy, items))
}

async function compareWithFull(
  bench: Bench,
  full: LocalPolicy,
  adapted: LocalPolicy,
): Promise<void> {
  const sides = { ours: stepOf(adapted), theirs: stepOf(full) }
  const found = await interleave(sides, {
    rounds: bench.quick ? 1 : 3,
    seconds: bench.left() / 3,
  })
  bench.report({
    name: `training step of adapters of rank ${RANK} (d), ${BATCH} × ${LENGTH} tokens`,
    peer: 'our full step',
    unit: 'tokens/s',
    targets: [{ ratio: AGAINST_FULL }],
    ...tokenFigures(found),
  })
}

async function compareWithPeft(bench: Bench, policy: LocalPolicy, folder: string): Promise<void> {
  const peer = bench.startPeer('torch')
  if (peer === undefined) return
  const items = trainItems(policy, workload)
  const ids = items.map(({ prompt, response }) => [...prompt, ...response])
  let isLoaded = false
  const theirs = repeated(async (repeats) => {
    if (!isLoaded)
      await peer.ask({ request: 'load_adapter', folder, rank: RANK, alpha: ALPHA }, bench.left())
    isLoaded = true
    const { seconds } = await peer.ask<{ seconds: number }>(
      { request: 'step', ids, repeats },
      bench.left(),
    )
    return seconds
  })
  const found = await interleave(
    { ours: stepOf(policy), theirs },
    { rounds: bench.quick ? 1 : 3, seconds: bench.left() / 2 },
  )
  bench.report({
    name: `training step of adapters of rank ${RANK} (d), ${BATCH} × ${LENGTH} tokens, against PEFT`,
    peer: 'torch + peft',
    unit: 'tokens/s',
    targets: [{ ratio: AGAINST_PEFT }],
    ...tokenFigures(found),
  })
}

async function compareStorage(
  bench: Bench,
  float: LocalPolicy,
  narrow: LocalPolicy,
): Promise<void> {
  const sampleOf = (policy: LocalPolicy) => () =>
    secondsOf(() => sampleBatch(policy, { batch: 1, prompt: 16, fresh: FRESH, group: 1 }))
  const sides = { ours: sampleOf(narrow), theirs: sampleOf(float) }
  const found = await interleave(sides, {
    rounds: bench.quick ? 1 : 5,
    seconds: bench.left() / 2,
  })
  bench.report({
    name: `sampling one sequence over a base in bf16 (d), ${FRESH} tokens`,
    peer: 'a base in float32',
    unit: 'tokens/s',
    targets: [{ ratio: 1 }],
    ...noted(found),
    ...figuresOf(found, (seconds) => FRESH / seconds),
  })
}

interface Found {
  readonly ours: Outcome | undefined
  readonly theirs: Outcome | undefined
}

function tokenFigures(found: Found): ReturnType<typeof figuresOf> {
  return { ...noted(found), ...figuresOf(found, (seconds) => (BATCH * LENGTH) / seconds) }
}

function noted(found: Found): { note?: string } {
  const note = roundsNote(found)
  return note === undefined ? {} : { note }
}
