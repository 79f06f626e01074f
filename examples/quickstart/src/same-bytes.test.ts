import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NativeUnavailableError, registerNativeCpu } from '@icrl/tfjs-native'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import {
  CHECKSUM_NODE,
  printedChecksum,
  README,
  SMOKE_CONFIGS,
  smokeChecksum,
  type SmokeConfig,
} from './same-bytes.ts'

const folder = mkdtempSync(join(tmpdir(), 'icrl-same-bytes-'))
const readme = readFileSync(README, 'utf8')
const isPrintedFor = Number(process.versions.node.split('.')[0]) === CHECKSUM_NODE

/** Slowest first; none where the native kernels are not there. */
function instructionSets(): string[] {
  return (['scalar', 'avx2', 'avx512', 'neon'] as const).filter((isa) => {
    try {
      return registerNativeCpu({ isa }).isa === isa
    } catch (error) {
      if (error instanceof NativeUnavailableError) return false
      throw error
    }
  })
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => void vi.unstubAllEnvs())

const sets = instructionSets()
const best = sets.at(-1)

/**
 * The arm README's first row is of runs on every code path; the others on the fastest, and in
 * `test:full` on all.
 */
const cases = SMOKE_CONFIGS.flatMap((config, i) =>
  sets
    .filter((isa) => i === 0 || isa === best || process.env.ICRL_FULL)
    .map((isa) => ({ config, isa })),
)

describe.skipIf(sets.length === 0 || !isPrintedFor)(`ten steps on Node ${CHECKSUM_NODE}`, () => {
  it.each(cases)(
    '$config on $isa have the checksum README prints',
    { timeout: 600_000 },
    async ({ config, isa }: { config: SmokeConfig; isa: string }) => {
      vi.stubEnv('ICRL_ISA', isa)
      vi.stubEnv('ICRL_THREADS', isa === 'avx2' ? '2' : '1')
      const directory = join(folder, `${config}-${isa}`)
      const advice =
        'after a change that is meant to change the numbers of a run: node --conditions=@icrl/source --import tsx examples/quickstart/src/print-checksums.ts'
      expect(await smokeChecksum(config, directory), advice).toBe(printedChecksum(readme, config))
      const lines = (name: string): Record<string, number>[] =>
        readFileSync(join(directory, name), 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      expect(lines('metrics.jsonl').map((line) => line['policy/mismatch_max'])).toEqual(
        new Array(10).fill(0),
      )
      expect(lines('timing.jsonl').some((line) => line['memory/peak_tensor_bytes'] > 0)).toBe(true)
    },
  )
})
