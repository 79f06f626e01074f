// Prints one line for each instruction set of this machine and each thing this package computes:
// its name and the SHA-256 of its bits.
import { createHash } from 'node:crypto'
import { setBackend, tidy } from '@tensorflow/tfjs-core'
import { type InstructionSet, registerNativeCpu } from '../src/register-native-cpu.ts'
import { decodeTokens } from '@icrl/tfjs-ops'
import { bits, decoderOf, drawnBits, everything, sequencesOf } from './everything.ts'

/** Null where this machine lacks it. */
function configured(isa: InstructionSet): InstructionSet | null {
  try {
    return registerNativeCpu({ isa, threads: 2 }).isa
  } catch {
    return null
  }
}

const print = (name: string, isa: string, numbers: unknown): void =>
  console.log(
    `${name}\t${isa}\t${createHash('sha256').update(JSON.stringify(numbers)).digest('hex')}`,
  )

/**
 * Processors differ in the sign of the NaN that an invalid operation makes; no program of ours can
 * see it.
 */
const plainNaN = (bit: number): number => ((bit & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bit)

registerNativeCpu({ threads: 1 })
await setBackend('native-cpu')
for (const isa of ['scalar', 'avx2', 'avx512', 'neon'] as const) {
  if (configured(isa) === null) continue
  for (const [name, run] of Object.entries(everything)) {
    print(
      name,
      isa,
      tidy(() => run().map((output) => bits(output).map(plainNaN))),
    )
  }
  const variant = { biased: true, headNorms: true }
  const { caches, sequences, options } = sequencesOf(33, 5, variant)
  print(
    'decodeTokens',
    isa,
    drawnBits(await decodeTokens(decoderOf(variant), caches, sequences, options)),
  )
}
