import { setBackend } from '@tensorflow/tfjs-core'
import { buildAddon } from '../scripts/build.mjs'
import {
  type InstructionSet,
  type NativeCpuOptions,
  registerNativeCpu,
} from '../src/register-native-cpu.ts'

const { file } = await buildAddon({ quiet: true })

/**
 * Whether this machine has, or could compile, the addon; without it the tests of the backend are
 * skipped.
 */
export const hasAddon: boolean = file !== undefined

/** Makes native-cpu the current backend. */
export async function useNative(options: NativeCpuOptions = {}): Promise<void> {
  registerNativeCpu({ threads: 1, ...options })
  await setBackend('native-cpu')
}

/** The instruction sets this machine can run. */
export function instructionSets(): InstructionSet[] {
  return (['scalar', 'avx2', 'avx512', 'neon'] as const).filter((isa) => {
    try {
      return hasAddon && registerNativeCpu({ isa, threads: 1 }).isa === isa
    } catch {
      return false
    }
  })
}
