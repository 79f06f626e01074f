import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { registerNativeCpu } from '@icrl/tfjs-native'
import type { InstructionSet } from '@icrl/tfjs-native'
import type { Machine } from './row.ts'

const FLAGS: Readonly<Record<InstructionSet, readonly string[]>> = {
  scalar: [],
  neon: [],
  avx2: ['-mavx2', '-mfma'],
  avx512: ['-mavx512f', '-mavx512dq', '-mprefer-vector-width=512'],
}

/**
 * Multiply-add peak and memory bandwidth, by a program of a few lines (bench/probe) compiled for
 * the instruction set in use.
 *
 * @param seconds for each of the three figures, whose best counts
 * @throws Error where it cannot be compiled or run
 */
export function measureMachine(seconds: number): Machine {
  const { isa, threads } = registerNativeCpu({ threads: benchThreads() })
  const folder = mkdtempSync(join(tmpdir(), 'icrl-bench-'))
  try {
    const probe = join(folder, 'machine')
    const source = fileURLToPath(new URL('../probe/machine.cc', import.meta.url))
    runProgram(process.env['CXX'] ?? 'c++', [
      '-O3',
      '-std=c++17',
      '-pthread',
      '-ffp-contract=fast',
      ...FLAGS[isa],
      source,
      '-o',
      probe,
    ])
    const { fma, read, copy } = JSON.parse(
      runProgram(probe, [`${threads}`, `${seconds}`, process.env['ICRL_BENCH_CLOCK'] ?? 'clock']),
    ) as { fma: number; read: number; copy: number }
    return { fma, read, copy, isa, threads }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Threads of both sides: `ICRL_THREADS`, else two. */
export function benchThreads(): number {
  return Number(process.env['ICRL_THREADS'] || 2)
}

function runProgram(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (status !== 0)
    throw new Error(
      `measuring the machine: ${command} failed: ${error?.message ?? stderr.split('\n')[0]}`,
    )
  return stdout
}
