import { createHash } from 'node:crypto'
import { engine, tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D } from '@tensorflow/tfjs-core'
import { decodeTokens } from '@icrl/tfjs-ops'
import { bits, decoderOf, drawnBits, everything, noise, sequencesOf } from './everything.ts'

/**
 * Processors differ in the sign of the NaN that an invalid operation makes; no program of ours can
 * see it.
 */
const plainNaN = (bit: number): number => ((bit & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bit)

const checksum = (numbers: unknown): string =>
  createHash('sha256').update(JSON.stringify(numbers)).digest('hex')

async function drawn(): Promise<number[][]> {
  const variant = { biased: true, headNorms: true }
  const { caches, sequences, options } = sequencesOf(33, 5, variant)
  return drawnBits(await decodeTokens(decoderOf(variant), caches, sequences, options))
}

/** With other weights in between, and after memory was given back: a GPU repeats recorded steps. */
async function drawnAgain(): Promise<number[][]> {
  const model = decoderOf({})
  const other = { ...model, norm: noise([32], 98) as Tensor1D }
  const all: number[][] = []
  for (const weights of [model, other, model, 'trim', model] as const) {
    if (weights === 'trim') {
      engine().backend.dispose()
      continue
    }
    const { caches, sequences, options } = sequencesOf(6, 3, {})
    all.push(...drawnBits(await decodeTokens(weights, caches, sequences, options)))
  }
  return all
}

/** What is computed once, by name; each gives the SHA-256 of its bits on the current backend. */
export const checksums: Readonly<Record<string, () => Promise<string>>> = {
  ...Object.fromEntries(
    Object.entries(everything).map(([name, run]) => [
      name,
      async () => checksum(tidy(() => run().map((output) => bits(output).map(plainNaN)))),
    ]),
  ),
  decodeTokens: async () => checksum(await drawn()),
  'decodeTokens again': async () => checksum(await drawnAgain()),
}

/** What products in bf16 have a part in. */
export const BF16_CASES: readonly string[] = [
  'matMul',
  'a block before and after its attention',
  'packedAttention',
  'decodeAttention',
  'tokenLogProbability',
  'sampleToken',
  'addWeightGradient',
  'bf16 weights',
]

/** Whose bits a GPU's tensor cores have: those before sm_90 have others. */
export const generationOf = (architecture: string): 'sm_80' | 'sm_90' =>
  architecture.startsWith('sm_8') ? 'sm_80' : 'sm_90'
