import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import { registerNativeCpu } from '@icrl/tfjs-native'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import {
  CHECKSUM_NODE,
  printedChecksum,
  CHECKSUM_PAGE,
  SMOKE_CONFIGS,
  smokeChecksum,
  type SmokeConfig,
} from './same-bytes.ts'

const folder = mkdtempSync(join(tmpdir(), 'icrl-same-bytes-'))
const page = readFileSync(CHECKSUM_PAGE, 'utf8')
const isPrintedFor = Number(process.versions.node.split('.')[0]) === CHECKSUM_NODE

/** Slowest first; none where the native kernels are not there. */
function instructionSets(): string[] {
  return (['scalar', 'avx2', 'avx512', 'neon'] as const).filter((isa) => {
    try {
      return registerNativeCpu({ isa }).isa === isa
    } catch (error) {
      if (isIcrlError(error, 'unavailable')) return false
      throw error
    }
  })
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => void vi.unstubAllEnvs())

const sets = instructionSets()
const best = sets.at(-1)

const linesOf = (directory: string, name: string): Record<string, number>[] =>
  readFileSync(join(directory, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe.skipIf(sets.length === 0 || !isPrintedFor)(`ten steps on Node ${CHECKSUM_NODE}`, () => {
  const directoryOf = (config: SmokeConfig): string => join(folder, config)

  const run = async (
    config: SmokeConfig,
    isa: string,
    directory: string,
    steps = 10,
  ): Promise<string> => {
    vi.stubEnv('ICRL_ISA', isa)
    vi.stubEnv('ICRL_THREADS', isa === 'avx2' ? '2' : '1')
    const checksum = await smokeChecksum(config, directory, steps)
    expect(linesOf(directory, 'metrics.jsonl').map((line) => line['policy/mismatch_max'])).toEqual(
      new Array(steps).fill(0),
    )
    expect(
      linesOf(directory, 'timing.jsonl').some((line) => line['memory/peak_tensor_bytes'] > 0),
    ).toBe(true)
    return checksum
  }

  it.each(SMOKE_CONFIGS)(
    `%s on ${best} have the checksum the page prints`,
    { timeout: 600_000 },
    async (config) => {
      const advice =
        'after a change that is meant to change the numbers of a run: node --conditions=@icrl/source --import tsx examples/quickstart/src/print-checksums.ts'
      expect(await run(config, best!, directoryOf(config)), advice).toBe(
        printedChecksum(page, config),
      )
    },
  )

  // Each step depends on what the one before it left, by the same code: the second is the first whose
  // weights were updated. That moments of an update before it are used alike is in the kernels' tests.
  const others = SMOKE_CONFIGS.slice(0, process.env.ICRL_FULL ? undefined : 1).flatMap((config) =>
    sets.slice(0, -1).map((isa) => ({ config, isa })),
  )
  const steps = process.env.ICRL_FULL ? 10 : 2
  it.each(others)(
    `$config on $isa begins with the same ${steps} steps`,
    { timeout: 600_000 },
    async ({ config, isa }) => {
      const directory = join(folder, `${config}-${isa}`)
      await run(config, isa, directory, steps)
      const whole = linesOf(directoryOf(config), 'metrics.jsonl')
      expect(linesOf(directory, 'metrics.jsonl')).toEqual(whole.slice(0, steps))
    },
  )
})
