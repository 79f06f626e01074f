// Runs the kernels of a GPU under ThreadSanitizer, each of their threads a thread of its own: what
// one writes and another reads needs a barrier in between. Expects no race in the kernels as they
// are, and one in each of those that lack a barrier. Linux, with GCC. Names of cases, with commas
// between them: only these (and only the races that they must find).
import { spawnSync } from 'node:child_process'
import { withCopyOfTheShim } from './copy-of-the-shim.mjs'

const CUDA = 'native/cuda'
/** What runs: a backend on one schedule, with its checksums, and the cases without a fault. */
const AUDIT = { backend: 'native-cuda', golden: 'golden.json', schedule: '0', all: '' }
const BF16 = { ...AUDIT, backend: 'native-cuda-bf16', golden: 'golden-bf16.json' }
const WARPGROUPS = { ...BF16, schedule: '0 sm_90', all: 'matMul,tokenLogProbability' }
/**
 * What is wrong, where, what stands there, what instead, the cases that must find it, and what runs
 * (default: `AUDIT`).
 */
const RACES = [
  [
    'lanes do not wait for one another between norm and rotation',
    'native/kernels/rotate-row.h',
    '  sync_lanes();\n',
    '',
    'rotary',
  ],
  [
    'no barrier before a tile is read',
    `${CUDA}/gemm-f32.cuh`,
    '    __syncthreads();\n    // A step',
    '    // A step',
    'matMul',
  ],
  [
    'no barrier before keys are overwritten',
    `${CUDA}/attention-f32.cuh`,
    '    __syncthreads();\n    for (int t',
    '    for (int t',
    'packedAttention',
  ],
  [
    'no barrier before a decode step is counted',
    `${CUDA}/decode.cuh`,
    '  __syncthreads();\n  if (threadIdx.x == 0) call.step',
    '  if (threadIdx.x == 0) call.step',
    'decodeTokens',
  ],
  [
    'no barrier before a tile in bf16 is overwritten',
    `${CUDA}/gemm-bf16.cuh`,
    '    __syncthreads();\n    load_tile',
    '    load_tile',
    'tokenLogProbability',
    BF16,
  ],
  [
    'no barrier before a tile in bf16 is read',
    `${CUDA}/gemm-bf16.cuh`,
    '    __syncthreads();\n    if (idle) continue;',
    '    if (idle) continue;',
    'addWeightGradient',
    BF16,
  ],
  [
    'no barrier before rounded numbers are written',
    `${CUDA}/gemm-bf16.cuh`,
    '  __syncthreads();\n  for (int i = threadIdx.x; i < kRows * kDepth / 2',
    '  for (int i = threadIdx.x; i < kRows * kDepth / 2',
    'addWeightGradient',
    BF16,
  ],
  [
    'no barrier before keys in bf16 are overwritten',
    `${CUDA}/flash-bf16.cuh`,
    '    __syncthreads();\n    round_rows<kFlashKeys',
    '    round_rows<kFlashKeys',
    'packedAttention',
    BF16,
  ],
  [
    'a tile given back before its product has read it',
    `${CUDA}/gemm-wgmma.cuh`,
    '      products_wait();\n      if (threadIdx.x % 32 == 0) empty[s].arrive();',
    '      if (threadIdx.x % 32 == 0) empty[s].arrive();\n      products_wait();',
    'matMul',
    WARPGROUPS,
  ],
]

/** The sanitizer's library, which must be loaded before Node. */
function library() {
  const compiler = process.env.CXX ?? 'c++'
  const { stdout, error } = spawnSync(compiler, ['-print-file-name=libtsan.so'], {
    encoding: 'utf8',
  })
  const file = stdout?.trim() ?? ''
  if (file.startsWith('/')) return file
  throw new Error(
    `${compiler} has no libtsan.so (${error?.message ?? 'it is part of GCC on Linux'}); name a GCC in $CXX`,
  )
}

const asked = process.argv[2]
const races = RACES.filter(([, , , , cases]) => asked?.split(',').includes(cases) ?? true)
const env = {
  LD_PRELOAD: library(),
  // Node itself is not compiled for it.
  TSAN_OPTIONS: 'ignore_noninstrumented_modules=1 exitcode=0 report_thread_leaks=0',
}
const tsan = ['-fsanitize=thread', '-g', '-Wno-tsan']

/** Where the races are that a run reports, each once. */
function racesOf({ stderr }) {
  const reports = stderr.split('WARNING: ThreadSanitizer: data race').slice(1)
  const places = reports.map((report) => /#\d+ .*?([\w-]+\.(?:cuh|h):\d+)/.exec(report)?.[1] ?? '?')
  return [...new Set(places)]
}

await withCopyOfTheShim({ modelFlags: tsan, linkFlags: tsan }, ({ compare, plant }) => {
  let cases = 0
  for (const each of [AUDIT, BF16, WARPGROUPS]) {
    // Those that were asked for, as far as this backend has races that they must find.
    const own = races.filter((race) => (race[5] ?? AUDIT) === each).map((race) => race[4])
    if (asked && own.length === 0) continue
    const names = asked ? [...new Set(own)].join(',') : each.all
    const clean = compare(names, each.schedule, { ...each, env })
    if (clean.status !== 0 || racesOf(clean).length > 0)
      throw new Error(
        `without a fault: ${clean.stdout}${racesOf(clean).join('\n')}\n${clean.stderr.slice(0, 10_000)}`,
      )
    cases += clean.stdout.match(/^same bits/gm).length
  }
  console.log(`no race in ${cases} cases`)
  let missed = 0
  for (const [what, path, right, wrong, names, ran = AUDIT] of races)
    plant(path, right, wrong, () => {
      const places = racesOf(compare(names, ran.schedule, { ...ran, env }))
      if (places.length === 0) missed++
      console.log(`${places.length === 0 ? 'MISSED' : 'found '}  ${what}: ${places.join(', ')}`)
    })
  console.log(`${races.length - missed} of ${races.length} races found`)
  process.exitCode = missed > 0 ? 1 : 0
})
