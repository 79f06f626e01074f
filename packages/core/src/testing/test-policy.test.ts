import { describe, expect, it } from 'vitest'
import { textFiles } from '../../test/text-files.ts'
import type { Capability, LossSlopes, PassItem, Policy, TokenScores } from '../policy.ts'
import { tablePolicy, type TextFiles } from './table-policy.ts'
import { testPolicy } from './test-policy.ts'

const biases = Array.from({ length: 12 }, (_, i) => ({
  prompt: 1 + (i % 3),
  at: i % 4,
  token: (i * 5) % 8,
  value: 0.7 * (i % 4),
}))
const create = (files: TextFiles = textFiles()): Policy =>
  tablePolicy({ vocabularySize: 8, biases, files })

let folders = 0
const shared = textFiles()
const checks = (policy: (files: TextFiles) => Policy) =>
  testPolicy(async () => policy(shared), {
    vocabularySize: 8,
    directory: async () => `folder-${folders++}`,
  })

type Accumulate = Policy['accumulate']

/** The table policy with another way to accumulate. */
function accumulating(change: (whole: Accumulate) => Accumulate, without?: Capability): Policy {
  const policy = create(shared)
  const accumulate = change(policy.accumulate.bind(policy))
  return new Proxy(policy, {
    get(target, name) {
      if (name === 'accumulate') return accumulate
      if (name === 'capabilities')
        return new Set([...target.capabilities].filter((one) => one !== without))
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Copies its items, computes them in the opposite order and answers late. */
const reordering = (): Policy =>
  accumulating((whole) => async (items, slopes, want) => {
    const copies = structuredClone([...items]).reverse()
    const back = (index: number): number => items.length - 1 - index
    await new Promise((resolve) => setTimeout(resolve, 1))
    const scores = await whole(
      copies,
      (indices, found) => slopes(indices.map(back), structuredClone(found)),
      want,
    )
    return scores.toReversed()
  })

describe('a policy that copies and reorders its items and answers late is a policy', () => {
  for (const { name, run } of checks(reordering)) it(name, run)
})

/** What a saved table holds. */
interface Saved {
  changes: number
  table: number[]
  optimizer: { steps: number; moments: [number[], number[]] }
}

/** The table policy, with something of its state changed after each load or restore. */
function forgetful(files: TextFiles, change: (saved: Saved) => void): Policy {
  const policy = create(files)
  return new Proxy(policy, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (typeof value !== 'function') return value
      if (name !== 'load' && name !== 'restore') return value.bind(target) as unknown
      return async (...given: unknown[]) => {
        await (value as (...given: unknown[]) => Promise<void>).apply(target, given)
        await target.save('changed')
        const saved = JSON.parse(await files.read('changed/table.json')) as Saved
        change(saved)
        await files.write('changed/table.json', JSON.stringify(saved))
        await target.load('changed')
      }
    },
  })
}

describe('testPolicy finds a policy whose fresh start', () => {
  it.each<[string, (saved: Saved) => void, RegExp]>([
    [
      'has a version that named other weights',
      (saved) => (saved.changes = 0),
      /version table-\d names other weights than before/,
    ],
    [
      'has moments of earlier steps',
      ({ optimizer }) => optimizer.moments[0].fill(1),
      /the optimizer remembers earlier steps/,
    ],
  ])('%s', async (_, change, message) => {
    const files = textFiles()
    const found = checks(() => forgetful(files, change)).filter(({ name }) =>
      name.includes('fresh optimizer'),
    )
    expect(found).toHaveLength(2)
    for (const { run } of found) await expect(run()).rejects.toThrow(message)
  })
})

describe('testPolicy finds a policy that', () => {
  it.each<[string, (whole: Accumulate) => Accumulate, RegExp, Capability?]>([
    [
      'cuts a unit',
      (whole) => (items, slopes, want) =>
        whole(
          items,
          (indices, scores) => indices.flatMap((index, i) => [...slopes([index], [scores[i]])]),
          want,
        ),
      /a unit was cut/,
    ],
    [
      'asks twice',
      (whole) => (items, slopes, want) =>
        whole(items, (indices, scores) => (slopes(indices, scores), slopes(indices, scores)), want),
      /of the items 0,0,1,1,2,2 were asked for/,
    ],
    [
      'asks for no slopes',
      (whole) => (items, _, want) =>
        whole(items, (_i, scores) => scores.map(({ logprobs }) => ({ logprobs })), want),
      /slopes of the items {2}were asked for/,
    ],
    [
      "mixes up the items' scores",
      (whole) => (items, slopes, want) =>
        whole(items, (indices, scores) => slopes(indices, scores.toReversed()), want),
      /came with the scores of another/,
    ],
    [
      'gives the slopes of one item to another',
      (whole) => (items, slopes, want) =>
        whole(
          items,
          (indices, scores) =>
            slopes(indices, scores).map((_, i, all) => {
              const other = all[(i + 1) % all.length].logprobs
              return { logprobs: scores[i].logprobs.map((_, t) => other[t] ?? 0) }
            }),
          want,
        ),
      /moved otherwise than when the trained item is alone/,
    ],
    [
      'keeps a gradient after an error of the slopes',
      (whole) => {
        let kept: { items: readonly PassItem[]; slopes: LossSlopes } | undefined
        return async (items, slopes, want) => {
          try {
            if (kept) await whole(kept.items, kept.slopes)
            const scores = await whole(items, slopes, want)
            kept ??= { items, slopes: (indices) => indices.map((i) => ones(items[i])) }
            return scores
          } catch (error) {
            if (kept) await whole(kept.items, kept.slopes)
            throw error
          }
        }
      },
      /what was accumulated before an error was learned from/,
    ],
    [
      'swallows an error of the slopes',
      (whole) => async (items, slopes, want) => {
        try {
          return await whole(items, slopes, want)
        } catch {
          return items.map(({ response }): TokenScores => ({
            logprobs: new Float32Array(response.length),
          }))
        }
      },
      /should have been refused/,
    ],
    [
      'takes slopes by entropy without the capability',
      (whole) => whole,
      /slopes by entropy without the capability: should have been refused/,
      'entropy-gradient',
    ],
    [
      'returns its scores in another order',
      (whole) => async (items, slopes, want) => (await whole(items, slopes, want)).toReversed(),
      /result 0|response 0/,
    ],
    [
      'ignores slopes by entropy',
      (whole) => (items, slopes, want) =>
        whole(
          items,
          (indices, scores) =>
            slopes(indices, scores).map(({ logprobs, entropy }) => ({
              logprobs,
              entropy: entropy?.map(() => 0),
            })),
          want,
        ),
      /the entropy went from/,
    ],
  ])('%s', async (_, change, message, without) => {
    const found: string[] = []
    for (const { run } of checks(() => accumulating(change, without)))
      await run().catch((error: Error) => found.push(error.message))
    expect(found.join('\n')).toMatch(message)
  })
})

function ones({ response }: PassItem): { logprobs: Float32Array } {
  return { logprobs: new Float32Array(response.length).fill(-1) }
}
