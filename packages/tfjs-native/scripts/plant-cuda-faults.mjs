// Plants faults in the kernels of a GPU, one at a time, and expects the comparison with native-cpu
// to find each: a missing barrier, one that not all threads reach, another order of a sum.
import { withCopyOfTheShim } from './copy-of-the-shim.mjs'

const CUDA = 'native/cuda'
/** What is wrong, where, what stands there, what instead, and the cases that must find it. */
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
]
const SCHEDULES = '0,1,2,3,4,5'

/** The first line that says what was found. */
const firstWrong = (text) =>
  text
    .split('\n')
    .find((line) => line.startsWith('DIFFERENT'))
    ?.slice(0, 120) ?? ''

await withCopyOfTheShim({}, ({ compare, plant }) => {
  const clean = compare('', SCHEDULES)
  if (clean.status !== 0) throw new Error(`without a fault: ${clean.stdout}${clean.stderr}`)
  let missed = 0
  for (const [what, path, right, wrong, cases] of FAULTS)
    plant(path, right, wrong, () => {
      const { status, stdout } = compare(cases, SCHEDULES)
      if (status === 0) missed++
      console.log(`${status === 0 ? 'MISSED' : 'found '}  ${what}: ${firstWrong(stdout)}`)
    })
  console.log(`${FAULTS.length - missed} of ${FAULTS.length} faults found`)
  process.exitCode = missed > 0 ? 1 : 0
})
