// Plants faults in the kernels of a GPU, one at a time, and expects the comparison with known
// checksums to find each: a missing barrier, one that not all threads reach, another order of a sum,
// a number in another lane, a tile that is given back too early. Names of cases, with commas between
// them: only the faults that these must find.
import { withCopyOfTheShim } from './copy-of-the-shim.mjs'

const CUDA = 'native/cuda'
const seeds = (count, more = '') => Array.from({ length: count }, (_, i) => `${i}${more}`).join(',')
/** What is compared: a backend in some schedules with its checksums. */
const AUDIT = { backend: 'native-cuda', golden: 'golden.json', schedules: seeds(6) }
const BF16 = { backend: 'native-cuda-bf16', golden: 'golden-bf16.json', schedules: seeds(4) }
const WARPGROUPS = { ...BF16, schedules: seeds(12, ' sm_90') }
/**
 * What is wrong, where, what stands there, what instead, the cases that must find it, and what is
 * compared (default: `AUDIT`).
 */
const FAULTS = [
  [
    'no barrier before a tile is overwritten',
    `${CUDA}/gemm-f32.cuh`,
    '    __syncthreads();\n    // Neighboring',
    '    // Neighboring',
    'matMul',
  ],
  [
    'no barrier before a tile is read',
    `${CUDA}/gemm-f32.cuh`,
    '    __syncthreads();\n    // A step',
    '    // A step',
    'matMul',
  ],
  [
    'k descending within a tile',
    `${CUDA}/gemm-f32.cuh`,
    'for (int p = 0; p < depth; p++) step(p);',
    'for (int p = depth; p-- > 0;) step(p);',
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
    'a barrier that rows which do not exist miss',
    `${CUDA}/attention-f32.cuh`,
    '    if (n <= 0) continue;\n',
    '    if (n <= 0) continue;\n    __syncthreads();\n',
    'packedAttention',
  ],
  [
    'a row of a page written over its neighbor',
    `${CUDA}/pages.cuh`,
    'const size_t to = row * a.width + column;',
    'const size_t to = (row | 1) * a.width + column;',
    'decodeAttention',
  ],
  [
    'no barrier before queries are overwritten, in the gradient',
    `${CUDA}/attention-f32-gradient.cuh`,
    '        __syncthreads();\n        for (int t',
    '        for (int t',
    'packedAttention',
  ],
  [
    'lanes do not wait for one another between norm and rotation',
    'native/kernels/rotate-row.h',
    '  sync_lanes();\n',
    '',
    'rotary',
  ],
  [
    'one mask for both halves of a warp',
    'native/isa/vector-cuda.h',
    '0xffffu << (threadIdx.x & 16u)',
    '0xffffu',
    'rmsNorm',
  ],
  [
    'no barrier between the steps of a sort',
    `${CUDA}/head-f32.cuh`,
    '      __syncthreads();\n      for (size_t i = threadIdx.x; i < places',
    '      for (size_t i = threadIdx.x; i < places',
    'sampleToken',
  ],
  [
    'a gain summed over other blocks of rows',
    `${CUDA}/host/block.cc`,
    'kGainRows = 56',
    'kGainRows = 64',
    'a block before and after its attention',
  ],
  [
    'logits taken in other units',
    `${CUDA}/host/head.cc`,
    'kVocabularyBlock = 4096',
    'kVocabularyBlock = 1000',
    'tokenLogProbability',
  ],
  [
    'rows of an embedding last to first',
    `${CUDA}/parameters.cuh`,
    'for (int32_t n = a.starts[id]; n < a.starts[id + 1]; n++)',
    'for (int32_t n = a.starts[id + 1]; n-- > a.starts[id];)',
    'embeddingGradient',
  ],
  [
    'no barrier before a decode step is counted',
    `${CUDA}/decode.cuh`,
    '  __syncthreads();\n  if (threadIdx.x == 0) call.step',
    '  if (threadIdx.x == 0) call.step',
    'decodeTokens',
  ],
  [
    'a sequence that goes on behind its last token',
    `${CUDA}/decode.cuh`,
    'call.running[n] = 0;',
    'call.running[n] = 1;',
    'decodeTokens',
  ],
  [
    'a key written for a row of no sequence',
    `${CUDA}/decode.cuh`,
    'runs ? table + position / kPageRows : -1',
    'table + position / kPageRows',
    'decodeTokens',
  ],
  [
    'a recorded step replayed for other weights',
    `${CUDA}/host/decode-tokens.cc`,
    '{A::embedding, A::norm, A::head,',
    '{A::embedding, A::head,',
    'decodeTokens again',
  ],
  [
    'memory taken while launches are recorded',
    `${CUDA}/device-driver.cc`,
    '    Handle graph = nullptr, ready = nullptr;',
    '    Address more;\n    driver_.cuMemAlloc_v2(&more, 1);\n    Handle graph = nullptr, ready = nullptr;',
    'decodeTokens again',
  ],
  [
    'a recorded step that names memory given back',
    `${CUDA}/host/device-memory.cc`,
    '  drop_recorded_steps();\n  release_call();\n',
    '',
    'decodeTokens again',
  ],
  [
    'two words of a fragment in each other’s place',
    `${CUDA}/gemm-bf16.cuh`,
    'tall[8 * kWords], tall[4]',
    'tall[4], tall[8 * kWords]',
    'matMul',
    BF16,
  ],
  [
    'no barrier before a tile in bf16 is overwritten',
    `${CUDA}/gemm-bf16.cuh`,
    '    __syncthreads();\n    load_tile',
    '    load_tile',
    'matMul',
    BF16,
  ],
  [
    'steps of the tensor cores last to first within a tile',
    `${CUDA}/gemm-bf16.cuh`,
    'const int at = 8 * step + pair;',
    'const int at = 8 * (kProductSteps / 16 - 1 - step) + pair;',
    'matMul',
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
    'weights of one key in another’s place',
    `${CUDA}/flash-bf16.cuh`,
    'a[1] = to_bf16s(left[2], left[3]);',
    'a[1] = to_bf16s(left[3], left[2]);',
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
  [
    'a wrong step from one part of a tile to the next',
    `${CUDA}/gemm-wgmma.cuh`,
    'left + 2 * part',
    'left + 4 * part',
    'matMul',
    WARPGROUPS,
  ],
  [
    'another tree over the lanes that hold a row of logits',
    `${CUDA}/head-bf16.cuh`,
    'int hop = 2; hop > 0; hop /= 2',
    'int hop = 1; hop < 4; hop *= 2',
    'tokenLogProbability',
    BF16,
  ],
  [
    'a softmax that starts anew elsewhere in the vocabulary',
    `${CUDA}/head-parameters.h`,
    'kVocabularyPart = 1024',
    'kVocabularyPart = 512',
    'tokenLogProbability',
    BF16,
  ],
  [
    'parts of the vocabulary merged last to first',
    `${CUDA}/head-f32.cuh`,
    'for (size_t part = 0; part < a.parts; part++)',
    'for (size_t part = a.parts; part-- > 0;)',
    'sampleToken',
    BF16,
  ],
  [
    'the slope of one entry in its neighbor’s place',
    `${CUDA}/head-bf16.cuh`,
    'to_bf16s(z[tile][2 * half], next)',
    'to_bf16s(next, z[tile][2 * half])',
    'tokenLogProbability',
    BF16,
  ],
  [
    'the second half of a unit multiplied by the weights of the first',
    `${CUDA}/gemm-wgmma.cuh`,
    'right + box * kBox / 16 + 2 * part',
    'right + 2 * part',
    'tokenLogProbability',
    WARPGROUPS,
  ],
]

/** The first line that says what was found. */
const firstWrong = (text) =>
  text
    .split('\n')
    .find((line) => line.startsWith('DIFFERENT'))
    ?.slice(0, 120) ?? ''

const asked = process.argv[2]?.split(',')
const faults = FAULTS.filter(([, , , , cases]) => asked?.includes(cases) ?? true)

await withCopyOfTheShim({}, ({ compare, plant }) => {
  for (const each of [AUDIT, BF16, WARPGROUPS]) {
    const all = each === WARPGROUPS ? ['matMul', 'tokenLogProbability'] : []
    // Those that were asked for, as far as this backend has faults that they must find.
    const own = faults.filter((fault) => (fault[5] ?? AUDIT) === each).map((fault) => fault[4])
    if (asked && own.length === 0) continue
    const cases = asked ? [...new Set(own)] : all
    const clean = compare(cases.join(','), each.schedules, each)
    if (clean.status !== 0) throw new Error(`without a fault: ${clean.stdout}${clean.stderr}`)
  }
  let missed = 0
  for (const [what, path, right, wrong, cases, compared = AUDIT] of faults)
    plant(path, right, wrong, () => {
      const { status, stdout } = compare(cases, compared.schedules, compared)
      if (status === 0) missed++
      console.log(`${status === 0 ? 'MISSED' : 'found '}  ${what}: ${firstWrong(stdout)}`)
    })
  console.log(`${faults.length - missed} of ${faults.length} faults found`)
  process.exitCode = missed > 0 ? 1 : 0
})
