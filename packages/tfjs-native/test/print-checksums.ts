// Prints one line for each instruction set of this machine and each thing this package computes:
// its name and the SHA-256 of its bits. With --golden: writes those of native-cpu to golden.json,
// from which a GPU's program learns whether it is right.
import { writeFileSync } from 'node:fs'
import { setBackend } from '@tensorflow/tfjs-core'
import { type InstructionSet, registerNativeCpu } from '../src/register-native-cpu.ts'
import { checksums } from './checksums.ts'

/** Null where this machine lacks it. */
function configured(isa: InstructionSet): InstructionSet | null {
  try {
    return registerNativeCpu({ isa, threads: 2 }).isa
  } catch {
    return null
  }
}

registerNativeCpu({ threads: 1 })
await setBackend('native-cpu')
const golden: Record<string, string> = {}
for (const isa of ['scalar', 'avx2', 'avx512', 'neon'] as const) {
  if (configured(isa) === null) continue
  for (const [name, run] of Object.entries(checksums)) {
    golden[name] = await run()
    console.log(`${name}\t${isa}\t${golden[name]}`)
  }
}
const [option, file] = process.argv.slice(2)
if (option === '--golden') writeFileSync(file, `${JSON.stringify(golden, null, 2)}\n`)
