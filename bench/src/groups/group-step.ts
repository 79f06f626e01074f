import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadLocalPolicy, type LocalPolicy, packItems } from '@icrl/backbone'
import type { PassItem } from '@icrl/core'
import { gradientDifference } from '../adapter-gradients.ts'
import { type Bench, figuresOf, type Group, roundsNote } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave, type Side } from '../interleave.ts'
import { openModel } from '../models.ts'
import { advantageOf, groupLoss, groupStep, trainItems, trainStep } from '../workload.ts'

const [QUESTIONS, ANSWERS] = [4, 8]
const WORKLOAD = { batch: QUESTIONS * ANSWERS, prompt: 180, fresh: 64, group: ANSWERS }
const ADAPTER = { rank: 16, alpha: 32 }
const AGAINST_PEFT = 2
/** Of the loss, and of each adapter matrix's gradient relative to its largest number. */
const TOLERANCE = 1e-3

/**
 * The step that reinforcement learning takes: sampled answers to shared questions, a policy
 * gradient, adapters of SmolLM2-135M; against torch with PEFT, which computes each answer's prompt
 * anew.
 */
export const groupStepOfAdapters: Group = {
  name: 'adapters-group-step',
  seconds: 300,
  run: async (bench) => {
    const scratch = await mkdtemp(join(tmpdir(), 'icrl-bench-group-'))
    try {
      await using opened = await openModel('d')
      const base = await opened.folder()
      const folder = join(scratch, 'adapter')
      await writeLearnedAdapter(base, folder)
      await using policy = await loadLocalPolicy(folder, { base, packTokens: 8192 })
      await compare(bench, policy, { base, folder, scratch })
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  },
}

/** A new adapter's second matrices are zero, and with them the gradients of the first ones. */
async function writeLearnedAdapter(base: string, folder: string): Promise<void> {
  await using policy = await loadLocalPolicy(base, { adapter: ADAPTER })
  const items = trainItems(policy, { batch: 2, prompt: 1, fresh: 16, group: 1 })
  for (let i = 0; i < 2; i++) await trainStep(policy, items)
  await policy.save(folder, { optimizer: false })
}

interface Folders {
  readonly base: string
  /** Of the adapter that both sides start from. */
  readonly folder: string
  readonly scratch: string
}

/** What each side found in its first step, which is not measured. */
interface FirstStep {
  readonly loss: number
  /** File with the gradients, or with moments that they follow from. */
  readonly file: string
}

async function compare(bench: Bench, policy: LocalPolicy, folders: Folders): Promise<void> {
  const items = trainItems(policy, WORKLOAD)
  const peer = bench.startPeer('torch')
  const first: { ours?: FirstStep; theirs?: FirstStep } = {}
  const ours: Side = async () => {
    let loss = 0
    const seconds = await secondsOf(async () => {
      loss = groupLoss(await groupStep(policy, items, ANSWERS), ANSWERS)
    })
    if (first.ours === undefined) {
      const saved = join(folders.scratch, 'ours')
      await policy.save(saved)
      first.ours = { loss, file: join(saved, 'optimizer.safetensors') }
    }
    return seconds
  }
  const theirs: Side | undefined =
    peer &&
    (async () => {
      const isFirst = first.theirs === undefined
      const { base, folder, scratch } = folders
      const file = join(scratch, 'theirs.safetensors')
      if (isFirst) await peer.ask({ request: 'load_group', base, folder }, bench.left())
      const { loss, seconds } = await peer.ask<{ seconds: number; loss: number }>(
        {
          request: 'group_step',
          ids: items.map(({ prompt, response }) => [...prompt, ...response]),
          answer: WORKLOAD.fresh,
          advantages: items.map((_, i) => advantageOf(i, ANSWERS)),
          at_once: ANSWERS,
          ...(isFirst && { gradients: file }),
        },
        bench.left(),
      )
      if (isFirst) first.theirs = { loss, file }
      return seconds
    })
  const found = await interleave(
    { ours, theirs },
    { rounds: bench.quick ? 1 : 3, seconds: bench.left() / 2 },
  )
  const same = first.ours && first.theirs ? await sameStep(first.ours, first.theirs) : undefined
  const figures = figuresOf(found, (seconds) => (WORKLOAD.batch * WORKLOAD.fresh) / seconds)
  bench.report({
    name: `group step of adapters of rank ${ADAPTER.rank} (d), ${QUESTIONS} questions × ${ANSWERS} answers, ${WORKLOAD.prompt} + ${WORKLOAD.fresh} tokens`,
    peer: 'torch + peft, each prompt once per answer',
    unit: 'answer tokens/s',
    targets: [{ ratio: AGAINST_PEFT }],
    ...(same?.failed === undefined ? figures : { failed: same.failed }),
    ...(same?.note !== undefined && {
      note: [roundsNote(found), rowsNote(items), same.note].filter(Boolean).join('; '),
    }),
  })
}

/** Says where the ratio comes from. */
function rowsNote(items: readonly PassItem[]): string {
  const own = packItems(items).ids.length
  const all = items.reduce((n, { prompt, response }) => n + prompt.length + response.length - 1, 0)
  return `each prompt is computed once: ${own} rows through the blocks, theirs ${all}`
}

async function sameStep(
  ours: FirstStep,
  theirs: FirstStep,
): Promise<{ note?: string; failed?: string }> {
  const loss = Math.abs(ours.loss - theirs.loss) / Math.abs(theirs.loss)
  const gradient = await gradientDifference(ours.file, theirs.file)
  const text = `loss within ${loss.toExponential(0)}, adapter gradients within ${gradient.toExponential(0)} of theirs`
  return loss <= TOLERANCE && gradient <= TOLERANCE
    ? { note: text }
    : { failed: `the sides computed different steps (${text}; at most ${TOLERANCE} is allowed)` }
}
